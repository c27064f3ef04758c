import { defineConfig } from "tsup";

export default defineConfig({
  // `compute` holds what results depend on; its files are hashed into the key of each cell.
  entry: ["src/cli.ts", "src/compute.ts"],
  format: ["esm"],
  clean: true,
  sourcemap: true,
  target: "es2022",
  splitting: true,
});
