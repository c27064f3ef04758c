import { defineConfig } from "tsup";

export default defineConfig({
  // The error functions of @stdlib are a development dependency, hence bundled: at an installation they would bring 150 packages along.
  entry: {
    index: "src/index.ts",
    instances: "src/instances/index.ts",
    probability: "src/probability/index.ts",
    statistics: "src/statistics/index.ts",
    layers: "src/layers/index.ts",
  },
  format: ["esm", "cjs"],
  dts: true,
  clean: true,
  sourcemap: true,
  target: "es2022",
  splitting: true,
});
