import { defineConfig } from "tsup";

export default defineConfig({
  // `arrays` alone needs the package ndarray: in a file of its own, so that who imports nothing of it does not bundle it.
  entry: ["src/index.ts", "src/tensor.ts", "src/arrays.ts"],
  format: ["esm", "cjs"],
  dts: true,
  clean: true,
  sourcemap: true,
  target: "es2022",
  splitting: true,
});
