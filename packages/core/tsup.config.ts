import { defineConfig } from "tsup";

export default defineConfig({
  // `arrays` alone needs the package ndarray. It gets a file of its own, which who imports nothing of it does not bundle, only if
  // `layout`, which it imports and many others too, is an entry as well: files that the same entries need become one. So has
  // `random`, for the package pure-rand.
  entry: ["src/index.ts", "src/tensor.ts", "src/arrays.ts", "src/layout.ts", "src/random.ts"],
  format: ["esm", "cjs"],
  dts: true,
  clean: true,
  sourcemap: true,
  target: "es2022",
  splitting: true,
});
