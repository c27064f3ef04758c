import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromeArguments, chromePath } from "../chrome.mjs";
import type { Published } from "../tarballs.js";
import { ownDependencies, pack, publishedPackages, root } from "../tarballs.js";

const execute = promisify(execFile);
const packages = await publishedPackages();

/** What each program in `programs/` prints, wherever it runs. */
const printed: Record<string, string> = {
  "backend-simd": "simd 2,4,6,8 true 4.000",
  core: "1 3 5 2 4 6 true range",
  datasets: "4x32x32x3 4x32x32x1 4x32x32x3 4x32x32x1",
  levelsets: "1 0 boolean",
  losses: "0.693 true",
  metrics: "0.571 0.5 1",
  ndimage: "11001100 1 2x2",
  simd: "2 true",
  snakes: "1 0 30",
  training: "2 true",
  unet: "1x16x8x2 true",
};

/** What the programs import beside the package under test, as a user would install it. */
const beside: Record<string, string[]> = {
  losses: ["@tensorflow/tfjs-backend-cpu", "@tensorflow/tfjs-layers"],
  unet: ["@tensorflow/tfjs-backend-cpu"],
  training: ["@tensorflow/tfjs-backend-cpu"],
};

let folder = "";
let browser: Browser | undefined;
const tarballs = new Map<string, string>();

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "ddl-consumers-")));
  for (const { name } of packages) tarballs.set(name, await pack(name, folder));
  if (chromePath !== undefined) browser = await chromium.launch({ executablePath: chromePath, args: chromeArguments });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(packages)("@ddl/$name from its tarball", (one) => {
  const { name, manifest } = one;
  const project = (): string => join(folder, name);
  const program = (): Promise<string> => readFile(join(root, "scripts/consumers/programs", `${name}.ts`), "utf8");

  beforeAll(async () => {
    await mkdir(project());
    const own = [one, ...ownDependencies(one, packages)];
    const required = own.flatMap(({ manifest: { peerDependencies = {}, peerDependenciesMeta = {} } }) =>
      Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true),
    );
    const others = new Set([...required, ...(beside[name] ?? []), "ndarray"]);
    await install(project(), own, [...others]);
  });

  test("brings TensorFlow.js along only where it computes with tensors", async () => {
    const needed = "@tensorflow/tfjs-core" in (manifest.peerDependencies ?? {});
    const optional = manifest.peerDependenciesMeta?.["@tensorflow/tfjs-core"]?.optional === true;
    const installed = await readFile(join(project(), "node_modules/@tensorflow/tfjs-core/package.json")).catch(
      () => null,
    );
    expect(installed !== null).toBe(needed && !optional);
  });

  test("works in Node as an ECMAScript module", async () => {
    const { code } = await transform(await program(), { loader: "ts", format: "esm" });
    expect(await runNode("program.mjs", code)).toBe(printed[name]);
  });

  test("works in Node with require", async () => {
    // What a program with top-level await looks like without it.
    const { code } = await transform(asyncMain(await program()), { loader: "ts", format: "cjs" });
    expect(code).toContain(`require("@ddl/${name}")`);
    expect(await runNode("program.cjs", code)).toBe(printed[name]);
  });

  test.each(["nodenext", "bundler"])("has types for moduleResolution %s", async (moduleResolution) => {
    await writeFile(join(project(), "program.ts"), await program());
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "es2022",
      module: moduleResolution === "nodenext" ? "nodenext" : "preserve",
      moduleResolution,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      types: [],
      // tfjs-core's own declarations do not pass without it.
      skipLibCheck: "@tensorflow/tfjs-core" in (manifest.peerDependencies ?? {}),
    };
    const file = join(project(), `tsconfig.${moduleResolution}.json`);
    await writeFile(file, JSON.stringify({ compilerOptions, files: ["program.ts"] }));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const run = execute(process.execPath, [tsc, "-p", file], { cwd: project() });
    const complaints = await run.then(() => "").catch(({ stdout }: { stdout: string }) => stdout);
    expect(complaints).toBe("");
  });

  test.skipIf(chromePath === undefined && process.env["CI"] !== "true")(
    "works in Chromium, bundled by Vite",
    async () => {
      expect(browser, "no Chrome or Chromium found: set CHROME_PATH").toBeDefined();
      const site = join(project(), "site");
      await mkdir(site);
      await writeFile(
        join(site, "index.html"),
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.ts"></script>',
      );
      await writeFile(join(site, "main.ts"), await program());
      const common = { root: site, configFile: false, logLevel: "error" } as const;
      await build({ ...common, build: { target: "es2022" }, worker: { format: "es" } });
      const server = await preview({ ...common, preview: { port: 0, host: "127.0.0.1" } });
      const page = await browser!.newPage();
      try {
        const said: string[] = [];
        const line = new Promise<string>((resolve) => {
          page.on("pageerror", (error) => resolve(`page error: ${error.message}`));
          page.on("console", (message) => {
            said.push(message.text());
            if (message.type() === "log" || message.type() === "error") resolve(message.text());
          });
        });
        await page.goto(server.resolvedUrls!.local[0]!);
        expect(await line, said.join("\n")).toBe(printed[name]);
      } finally {
        await page.close();
        await server.close();
      }
    },
  );

  async function runNode(file: string, code: string): Promise<string> {
    await writeFile(join(project(), file), code);
    const { stdout } = await execute(process.execPath, [file], { cwd: project() });
    return stdout.trim().split("\n").at(-1)!;
  }
});

describe("the recipe train-in-node, in an empty project", () => {
  const project = (): string => join(folder, "recipe");

  beforeAll(async () => {
    const recipe = join(root, "examples/recipes/train-in-node");
    await cp(recipe, project(), { recursive: true, filter: (path) => !path.includes("node_modules") });
    const manifest = JSON.parse(await readFile(join(project(), "package.json"), "utf8"));
    const wanted = Object.keys(manifest.dependencies as Record<string, string>);
    const own = packages.filter((one) => wanted.includes(one.manifest.name));
    const all = new Set([...own, ...own.flatMap((one) => ownDependencies(one, packages))]);
    const others = wanted.filter((name) => !name.startsWith("@ddl/"));
    await install(project(), [...all], others);
  });

  test("trains a classifier", async () => {
    const { stdout } = await execute(process.execPath, ["classifier.mjs"], { cwd: project() });
    expect(Number(/test accuracy ([\d.]+)/.exec(stdout)?.[1]), stdout).toBeGreaterThan(0.6);
  });

  test("trains a U-Net", async () => {
    const { stdout } = await execute(process.execPath, ["unet.mjs"], { cwd: project() });
    expect(Number(/test Dice ([\d.]+)/.exec(stdout)?.[1]), stdout).toBeGreaterThan(0.4);
  });
});

/** Makes a project that has these tarballs and these packages at their pinned versions. */
async function install(project: string, own: readonly Published[], others: readonly string[]): Promise<void> {
  const catalog = await readFile(join(root, "pnpm-workspace.yaml"), "utf8");
  const pinned = (wanted: string): string => new RegExp(`^  "?${wanted}"?: (\\S+)$`, "m").exec(catalog)![1]!;
  const dependencies = Object.fromEntries([
    ...own.map((each) => [each.manifest.name, `file:${tarballs.get(each.name)}`]),
    ...others.map((other) => [other, pinned(other)]),
  ]);
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--no-update-notifier"];
  await execute("npm", words, { cwd: project, shell: process.platform === "win32" });
}

/** The imports of a program, and the rest of it inside an async function. */
function asyncMain(code: string): string {
  const lines = code.split("\n");
  const isImport = (line: string): boolean => line.startsWith("import ");
  return [...lines.filter(isImport), "(async () => {", ...lines.filter((line) => !isImport(line)), "})();"].join("\n");
}
