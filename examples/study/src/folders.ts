import { fileURLToPath } from "node:url";

// This module lies one folder below the package in the sources and, bundled, in `dist`.

/** The studies that come with the package. */
export const presetFolder: string = fileURLToPath(new URL("../presets", import.meta.url));

/** Where studies are kept unless `--out` says otherwise. */
export const runsFolder: string = fileURLToPath(new URL("../runs", import.meta.url));
