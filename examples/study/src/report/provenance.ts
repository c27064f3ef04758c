import { arch, cpus, platform } from "node:os";
import { packageVersion } from "../packageVersion.js";
import type { Study } from "../study.js";

/** What made the figures: versions, code, data, machine. */
export interface Provenance {
  command: string;
  date: string;
  code: string;
  data: { name: string; fingerprint: string };
  node: string;
  machine: string;
  packages: Record<string, string>;
}

const packages = [
  "@ddl/core",
  "@ddl/training",
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "@ddl/backend-simd",
];

/** Gathers what a reader needs to repeat a study. */
export async function provenance(study: Study): Promise<Provenance> {
  const versions = await Promise.all(packages.map(async (name) => [name, await packageVersion(name)] as const));
  return {
    command: `ddl-study ${process.argv.slice(2).join(" ")}`,
    date: new Date().toISOString(),
    code: study.code,
    data: { name: study.dataset.name, fingerprint: study.data },
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}`,
    packages: Object.fromEntries(versions),
  };
}
