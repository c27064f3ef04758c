import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  dts: true,
  clean: true,
  sourcemap: true,
  target: "es2022",
  splitting: true,
  // This one file of tfjs-core cannot be imported by Node as it stands: it becomes a chunk of ours, loaded where it is missing.
  noExternal: ["@tensorflow/tfjs-core/dist/register_all_gradients"],
});
