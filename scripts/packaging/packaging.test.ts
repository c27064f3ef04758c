import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pack, publishedPackages, root } from "../tarballs.js";

const execute = promisify(execFile);
const packages = await publishedPackages();
const budgets: Record<string, number> = JSON.parse(
  await readFile(new URL("./budgets.json", import.meta.url), "utf8"),
).kilobytes;

let folder = "";
const tarballs = new Map<string, string>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-packaging-"));
  for (const { name } of packages) tarballs.set(name, await pack(name, folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(packages)("@ddl/$name", ({ name, manifest }) => {
  test("passes publint", async () => {
    const { messages, pkg } = await publint({
      pack: { tarball: new Uint8Array(await readFile(tarballs.get(name)!)).buffer as ArrayBuffer },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test("has types that fit its code in every resolution (attw)", async () => {
    const cli = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const run = execute(process.execPath, [
      cli,
      tarballs.get(name)!,
      "--profile",
      "node16",
      ...exclusions(manifest.exports),
      "--format",
      "ascii",
      "--no-color",
    ]);
    const { stdout } = await run.catch((error) => Promise.reject(new Error(error.stdout)));
    expect(stdout).toContain(`${manifest.name} v`);
  });

  test("holds its build, its README and its licence, and nothing else", async () => {
    const { stdout } = await execute("tar", ["-tzf", tarballs.get(name)!]);
    const files = stdout.trim().split("\n");
    const strange = files.filter((file) => !/^package\/(dist\/[\w.-]+|package\.json|README\.md|LICENSE)$/.test(file));
    expect(strange).toEqual([]);
    for (const file of [
      "dist/index.js",
      "dist/index.cjs",
      "dist/index.d.ts",
      "dist/index.d.cts",
      "README.md",
      "LICENSE",
      ...Object.values(manifest.exports).filter((target) => typeof target === "string"),
    ].map((path) => path.replace(/^\.\//, ""))) {
      expect(files).toContain(`package/${file}`);
    }
  });

  test("keeps its size budgets, minified and gzipped, with everything it needs but peers", async () => {
    for (const path of Object.keys(manifest.exports)) {
      const entry = path === "." ? manifest.name : manifest.name + path.slice(1);
      const target = manifest.exports[path];
      const kilobytes =
        typeof target === "string"
          ? gzippedSize(await readFile(join(root, "packages", name, target)))
          : await bundledSize(name, `export * from ${JSON.stringify(entry)};`);
      expect(budgets, `scripts/packaging/budgets.json needs an entry ${entry}; measured ${kilobytes}`).toHaveProperty([
        entry,
      ]);
      expect(kilobytes, entry).toBeLessThanOrEqual(budgets[entry]!);
    }
  });
});

test("one function can be had alone: the rest of its package is shaken off", async () => {
  const wanted = Object.entries(budgets).filter(([entry]) => entry.includes("#"));
  expect(wanted.length).toBeGreaterThan(3);
  for (const [entry, budget] of wanted) {
    const [path, name] = entry.split("#") as [string, string];
    const kilobytes = await bundledSize(path.split("/")[1]!, `export { ${name} } from ${JSON.stringify(path)};`);
    expect(kilobytes, entry).toBeLessThanOrEqual(budget);
  }
});

const peersOf = (name: string): string[] =>
  Object.keys(packages.find((one) => one.name === name)?.manifest.peerDependencies ?? {});

/** Kilobytes (1,000 bytes) of a bundle, and no peer in it. */
async function bundledSize(name: string, code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(root, "packages", name), loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    external: ["@tensorflow/*", "node:*", ...peersOf(name)],
    logLevel: "silent",
  });
  return gzippedSize(outputFiles[0]!.contents);
}

function gzippedSize(contents: Uint8Array): number {
  return Math.round(gzipSync(contents, { level: 9 }).length / 10) / 100;
}

/** Words that tell attw of the exports that are files and no code: such have no types. */
function exclusions(exports: Record<string, unknown>): string[] {
  const files = Object.keys(exports).filter((path) => typeof exports[path] === "string");
  return files.length === 0 ? [] : ["--exclude-entrypoints", ...files];
}
