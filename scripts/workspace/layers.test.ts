import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const config = join(root, ".dependency-cruiser.cjs");
const rules: { name: string }[] = createRequire(import.meta.url)(config).forbidden;

/** Forbidden imports, each with the rule that must catch it, in a tree of its own. */
const forbidden: Record<string, { file: string; text: string }> = {
  "layer-core": { file: "packages/core/src/a.ts", text: 'import "@ddl/ndimage";' },
  "layer-ndimage": { file: "packages/ndimage/src/a.ts", text: 'import "@ddl/metrics";' },
  "layer-metrics": { file: "packages/metrics/src/a.ts", text: 'import "@ddl/levelsets";' },
  "layer-simd": { file: "packages/simd/src/a.ts", text: 'import "@ddl/ndimage";' },
  "layer-backend-simd": { file: "packages/backend-simd/src/a.ts", text: 'import "@ddl/training";' },
  "layer-levelsets": { file: "packages/levelsets/src/a.ts", text: 'import "@ddl/not-listed-anywhere";' },
  "layer-snakes": { file: "packages/snakes/src/a.ts", text: 'import "@ddl/levelsets";' },
  "layer-losses": { file: "packages/losses/src/a.ts", text: 'import type { A } from "@ddl/training";' },
  "layer-deform-conv": { file: "packages/deform-conv/src/a.ts", text: 'import "@ddl/losses";' },
  "layer-backbones": { file: "packages/backbones/src/a.ts", text: 'import "@ddl/unet";' },
  "layer-unet": { file: "packages/unet/src/a.ts", text: 'export * from "@ddl/datasets";' },
  "layer-training": { file: "packages/training/src/a.ts", text: 'await import("@ddl/datasets");' },
  "layer-datasets": { file: "packages/datasets/src/a.ts", text: 'import "../../../examples/study/src/index.js";' },
  "tensors-above-only": { file: "packages/metrics/src/b.ts", text: 'import "@tensorflow/tfjs-core";' },
  "testing-in-tests-only": { file: "packages/core/src/c.ts", text: 'import "@ddl/testing";' },
  "packages-by-name": { file: "packages/training/test/a.ts", text: 'import "../../losses/src/index.js";' },
  "no-circle": { file: "packages/core/src/d.ts", text: 'import "./e.js";' },
  "no-undeclared": { file: "packages/unet/src/b.ts", text: 'import "left-out";' },
  "no-unresolvable": { file: "packages/unet/src/c.ts", text: 'import "./nowhere.js";' },
};

/** Imports that are right, of the kinds that the rules could take for wrong. */
const right: { file: string; text: string }[] = [
  {
    file: "packages/training/src/right.ts",
    text: 'import "@ddl/core"; import "@ddl/losses"; import "@tensorflow/tfjs-core";',
  },
  { file: "packages/core/src/tensor/right.ts", text: 'import "@tensorflow/tfjs-core";' },
  {
    file: "packages/metrics/test/right.ts",
    text: 'import "@ddl/testing"; import "@tensorflow/tfjs-core"; import "@ddl/training";',
  },
  { file: "examples/study/src/right.ts", text: 'import "@ddl/training"; import "@ddl/datasets";' },
];

let tree = "";
let found: { rule: string; from: string }[] = [];

beforeAll(async () => {
  tree = await realpath(await mkdtemp(join(tmpdir(), "ddl-layers-")));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), `${text}\nexport {};\n`);
  };
  const manifest = async (folder: string, json: object): Promise<void> => {
    await mkdir(join(tree, folder), { recursive: true });
    await writeFile(join(tree, folder, "package.json"), JSON.stringify(json));
  };
  await writeFile(join(tree, "tsconfig.json"), "{}");
  await manifest("node_modules/@tensorflow/tfjs-core", { name: "@tensorflow/tfjs-core", main: "index.js" });
  await writeFile(join(tree, "node_modules/@tensorflow/tfjs-core/index.js"), "");
  await manifest("node_modules/left-out", { name: "left-out", main: "index.js" });
  await writeFile(join(tree, "node_modules/left-out/index.js"), "");
  await mkdir(join(tree, "node_modules/@ddl"), { recursive: true });
  for (const name of await readdir(join(root, "packages"))) {
    const own = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8"));
    await manifest(`packages/${name}`, own);
    await write(`packages/${name}/src/index.ts`, "");
    await symlink(join(tree, "packages", name), join(tree, "node_modules/@ddl", name), "junction");
  }
  await manifest("examples/study", JSON.parse(await readFile(join(root, "examples/study/package.json"), "utf8")));
  await write("examples/study/src/index.ts", "");
  await write("packages/core/src/e.ts", 'import "./d.js";');
  for (const { file, text } of [...Object.values(forbidden), ...right]) await write(file, text);
  found = await cruise();
});
afterAll(() => rm(tree, { recursive: true, force: true }));

function cruise(): Promise<{ rule: string; from: string }[]> {
  const binary = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const words = [binary, "packages", "examples", "--config", config, "--output-type", "json"];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, { cwd: tree, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      if (stdout === "") reject(error ?? new Error(stderr));
      const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } };
      resolve(summary.violations.map(({ rule, from }) => ({ rule: rule.name, from })));
    });
  });
}

test("every layer rule has a forbidden import that proves it", () => {
  expect(Object.keys(forbidden).sort()).toEqual(rules.map(({ name }) => name).sort());
});

test.each(Object.entries(forbidden))("%s fires", (rule, { file }) => {
  expect(found).toContainEqual({ rule, from: file });
});

test.each(right)("$file breaks no rule", ({ file }) => {
  expect(found.filter(({ from }) => from === file)).toEqual([]);
});
