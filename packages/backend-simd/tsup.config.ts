import { copyFile } from "node:fs/promises";
import { defineConfig } from "tsup";

const exported = { index: "src/index.ts", operations: "src/operations/index.ts" };

export default defineConfig({
  // The entry registerAll has side effects, and the manifest must be able to name it: it is imported by the first one alone.
  entry: { ...exported, registerAll: "src/gradients/registerAll.ts" },
  format: ["esm", "cjs"],
  dts: { entry: exported },
  clean: true,
  sourcemap: true,
  target: "es2022",
  splitting: true,
  // This one file of tfjs-core cannot be imported by Node as it stands: it becomes a chunk of ours, loaded where it is missing.
  noExternal: ["@tensorflow/tfjs-core/dist/register_all_gradients"],
  // The kernels as files, for pages that host them themselves.
  onSuccess: async () => {
    for (const file of ["plain.wasm", "relaxed.wasm"]) await copyFile(`build/${file}`, `dist/${file}`);
  },
});
