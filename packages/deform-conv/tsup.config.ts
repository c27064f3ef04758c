import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    layers: "src/layers/index.ts",
    simd: "src/simd/index.ts",
    wasm: "src/wasm/index.ts",
    webgl: "src/webgl/index.ts",
    webgpu: "src/webgpu/index.ts",
  },
  format: ["esm", "cjs"],
  dts: true,
  clean: true,
  sourcemap: true,
  target: "es2022",
  splitting: true,
});
