import { defineConfig } from "tsup";

const entry = { index: "src/index.ts", lgg: "src/lgg.ts" };
const common = { sourcemap: true, target: "es2022", splitting: true } as const;

export default defineConfig([
  // The worker is a module of its own beside the chunks that start it; CommonJS starts the same one.
  {
    ...common,
    entry: { ...entry, batchWorker: "src/batches/batchWorker.ts" },
    format: "esm",
    dts: { entry },
    clean: true,
  },
  { ...common, entry, format: "cjs", dts: { entry }, shims: true },
]);
