import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

type Ranges = Record<string, string>;
/** A path that is one string is a file and no code: it has no source. */
type Exports = Record<string, string | Record<string, unknown>>;
interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  description?: string;
  license?: string;
  type?: string;
  sideEffects?: boolean | string[];
  engines?: Ranges;
  files?: string[];
  packageManager?: string;
  repository?: { type: string; url: string; directory: string };
  exports?: Exports;
  publishConfig?: { access: string; provenance: boolean; exports: Exports };
  scripts?: Ranges;
  dependencies?: Ranges;
  devDependencies?: Ranges;
  peerDependencies?: Ranges;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = (file: string): Promise<string> => readFile(join(root, file), "utf8");
const manifest = async (folder: string): Promise<Manifest> => JSON.parse(await text(join(folder, "package.json")));
const members = async (parent: string): Promise<string[]> =>
  (await readdir(join(root, parent))).map((name) => `${parent}/${name}`);

const main = await manifest(".");
const folders = [...(await members("packages")), "examples/study", ...(await members("examples/recipes"))];
const all = await Promise.all(folders.map(async (folder) => ({ folder, own: await manifest(folder) })));
const published = all.filter(({ own }) => own.private !== true);
const sections = ["dependencies", "devDependencies", "peerDependencies"] as const;

describe.each(published)("$own.name", ({ folder, own }) => {
  test("is described alike for publishing", () => {
    expect(own).toMatchObject({
      name: `@ddl/${folder.slice("packages/".length)}`,
      license: "MIT",
      type: "module",
      files: ["dist"],
      engines: main.engines,
      repository: { directory: folder },
      publishConfig: { access: "public", provenance: true },
      scripts: { build: "tsup" },
    });
    expect(own.description).toMatch(/^[A-Z].{20,}[^.]$/);
    expect(own.sideEffects).toBeDefined();
    for (const file of ["README.md", "LICENSE", "src/index.ts", "tsup.config.ts"]) {
      expect(existsSync(join(root, folder, file)), `${folder}/${file}`).toBe(true);
    }
  });

  test("publishes the exports of the workspace without the sources", () => {
    const withoutSource = Object.fromEntries(
      Object.entries(own.exports ?? {}).map(([path, target]) => {
        if (typeof target === "string") return [path, target];
        const { "@ddl/source": source, ...conditions } = target;
        expect(existsSync(join(root, folder, String(source))), `${folder}: ${source}`).toBe(true);
        return [path, conditions];
      }),
    );
    expect(own.publishConfig?.exports).toEqual(withoutSource);
  });

  test("has no script that runs at a user's installation", () => {
    const names = Object.keys(own.scripts ?? {});
    expect(names.filter((name) => /^(pre|post)?(install|prepare|pack|publish)/.test(name))).toEqual([]);
  });

  test("tells in its README how to install and use it", async () => {
    const readme = await text(join(folder, "README.md"));
    expect(readme).toContain(`npm install ${own.name}`);
    expect(readme).toMatch(/```ts\n/);
  });
});

describe("versions", () => {
  test("come from the catalog or the workspace; peers are ranges", () => {
    const wrong = all.flatMap(({ own }) =>
      sections.flatMap((section) =>
        Object.entries(own[section] ?? {})
          .filter(([name, range]) => {
            if (name.startsWith("@ddl/")) return !range.startsWith("workspace:");
            return section === "peerDependencies" ? !range.startsWith("^") : range !== "catalog:";
          })
          .map(([name, range]) => `${own.name}: ${name} ${range}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test("of the catalog are exact, and each is used", async () => {
    const lines = (await text("pnpm-workspace.yaml")).split("catalog:\n")[1]!.trimEnd().split("\n");
    const catalog = lines.map((line) => /^ {2}"?([^":]+)"?: (\S+)$/.exec(line)!.slice(1) as [string, string]);
    const used = new Set(
      [main, ...all.map(({ own }) => own)].flatMap((own) => sections.flatMap((s) => Object.keys(own[s] ?? {}))),
    );
    expect(catalog.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(catalog.map(([name]) => name).filter((name) => !used.has(name))).toEqual([]);
  });

  test("of all packages are the same", () => {
    expect(new Set(published.map(({ own }) => own.version)).size).toBe(1);
  });
});

describe("sources", () => {
  test("of @ddl/core are at most 800 lines, of CONTRIBUTING.md at most 110", async () => {
    const files = await sourceFiles("packages/core/src");
    const lines = await Promise.all(files.map(async (file) => (await text(file)).trimEnd().split("\n").length));
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(800);
    expect((await text("CONTRIBUTING.md")).trimEnd().split("\n").length).toBeLessThanOrEqual(110);
  });

  test("take random numbers from @ddl/core alone", async () => {
    const files = (await Promise.all(folders.map((folder) => sourceFiles(join(folder, "src"))))).flat();
    const texts = await Promise.all(files.map(async (file) => [file, await text(file)] as const));
    expect(texts.filter(([, code]) => code.includes("Math.random")).map(([file]) => file)).toEqual([]);
  });

  test("cite sources that docs/references.bib has", async () => {
    const keys = new Set(
      Array.from((await text("docs/references.bib")).matchAll(/^@\w+\{(\w+),/gm), (match) => match[1]!),
    );
    const files = (await Promise.all(folders.map((folder) => sourceFiles(join(folder, "src"))))).flat();
    const cited = await Promise.all(
      files.map(async (file) => Array.from((await text(file)).matchAll(/\(`([a-z]+\d{4}\w*)`/g), (match) => match[1]!)),
    );
    expect(cited.flat().filter((key) => !keys.has(key))).toEqual([]);
    expect(cited.flat().length).toBeGreaterThan(10);
  });
});

async function sourceFiles(folder: string): Promise<string[]> {
  // A recipe is a program or two, without a folder of sources.
  const names = existsSync(join(root, folder)) ? await readdir(join(root, folder), { recursive: true }) : [];
  return names.filter((name) => name.endsWith(".ts")).map((name) => join(folder, name));
}
