import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { build as bundleWithEsbuild, transform } from "esbuild";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
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
  metrics: "0.571 0.5 1 a 0.7150 1",
  ndimage: "11001100 1 2x2",
  simd: "2 true",
  snakes: "1 0 30",
  training: "2 true",
  unet: "1x16x8x2 true",
};

/** What the programs in `programs/pages/` print, whatever bundled them, before the number of threads; the integers are of plain loops. */
const printedByPages: Record<string, string> = { "backend-simd": "simd -15237,-53631,17232197", simd: "true" };

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
      try {
        expect(await firstLine(server.resolvedUrls!.local[0]!)).toBe(printed[name]);
      } finally {
        await server.close();
      }
    },
  );

  describe.runIf(name in printedByPages)("computes on threads where a page is isolated, and the same elsewhere", () => {
    const bundlers: Record<string, (entry: string, output: string) => Promise<unknown>> = {
      webpack: bundleWithWebpack,
      esbuild: (entry, output) =>
        bundleWithEsbuild({ entryPoints: [entry], bundle: true, format: "esm", outdir: output, logLevel: "error" }),
    };

    test("in Node", async () => {
      const code = await readFile(join(root, "scripts/consumers/programs/pages", `${name}.js`), "utf8");
      expect(await runNode("page.mjs", code)).toBe(`${printedByPages[name]} threads 2`);
    });

    test.skipIf(chromePath === undefined && process.env["CI"] !== "true").each(Object.keys(bundlers))(
      "in Chromium, bundled by %s with nothing but entry, output and mode",
      async (bundler) => {
        expect(browser, "no Chrome or Chromium found: set CHROME_PATH").toBeDefined();
        const [entry, output] = [join(project(), "main.js"), join(project(), bundler)];
        await cp(join(root, "scripts/consumers/programs/pages", `${name}.js`), entry);
        await bundlers[bundler]!(entry, output);
        const server = await serve(output);
        try {
          const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
          expect(await firstLine(`${address}/isolated`)).toBe(`${printedByPages[name]} threads 2`);
          expect(await firstLine(`${address}/plain`)).toBe(`${printedByPages[name]} threads 1`);
          // esbuild leaves the address of a file alone; webpack, as Vite, makes it an asset.
          if (name !== "backend-simd" || bundler !== "webpack") return;
          expect(await firstLine(`${address}/isolated?hosted`)).toBe(`${printedByPages[name]} threads 2`);
        } finally {
          server.close();
        }
      },
    );
  });

  async function runNode(file: string, code: string): Promise<string> {
    await writeFile(join(project(), file), code);
    const { stdout } = await execute(process.execPath, [file], { cwd: project() });
    return stdout.trim().split("\n").at(-1)!;
  }
});

describe("the recipe train-in-node, in an empty project", () => {
  let project = "";
  beforeAll(async () => {
    project = await recipeProject("train-in-node");
  });

  test("trains a classifier", async () => {
    const { stdout } = await execute(process.execPath, ["classifier.mjs"], { cwd: project });
    expect(Number(/test accuracy ([\d.]+)/.exec(stdout)?.[1]), stdout).toBeGreaterThan(0.6);
  });

  test("trains a U-Net", async () => {
    const { stdout } = await execute(process.execPath, ["unet.mjs"], { cwd: project });
    expect(Number(/test Dice ([\d.]+)/.exec(stdout)?.[1]), stdout).toBeGreaterThan(0.4);
  });
});

describe("the recipe loss-landscape, in an empty project", () => {
  test("draws each loss, least near the target, on a page that needs nothing else", async () => {
    const project = await recipeProject("loss-landscape");
    const { stdout } = await execute(process.execPath, ["landscape.mjs", "page.html"], { cwd: project });
    const shifts = [...stdout.split("\n")[0]!.matchAll(/(\w+) (-?[\d.]+)(?:,|$)/g)];
    expect(shifts.length, stdout).toBeGreaterThan(5);
    for (const [, name, shift] of shifts) expect(Math.abs(Number(shift)), name).toBeLessThanOrEqual(1);
    const page = await readFile(join(project, "page.html"), "utf8");
    for (const [, name] of shifts) expect(page.split(`</i>${name}<small>`)).toHaveLength(4);
    expect(page).not.toMatch(/NaN|undefined|src=|href=/);
  });
});

describe("the recipe evaluate-a-folder, in an empty project", () => {
  let project = "";
  const run = async (...words: string[]) => {
    const started = execute(process.execPath, ["evaluate.mjs", ...words], { cwd: project });
    const { stdout, stderr } = await started.catch((error: { stdout: string; stderr: string }) => error);
    return { stdout, stderr, status: started.child.exitCode };
  };
  const scores = (): Promise<string> => readFile(join(project, "scores.csv"), "utf8").catch(() => "none");

  beforeAll(async () => {
    project = await recipeProject("evaluate-a-folder");
    // Three rows of five pixels, in a PNG of one bit, a PNG of grey and alpha, and for `c` one of RGB: every way a sample can lie.
    const maker = `
      import { mkdirSync, writeFileSync } from "node:fs";
      import { encode } from "fast-png";
      const put = (file, width, channels, depth, data) =>
        writeFileSync(file, encode({ width, height: 3, channels, depth, data: Uint8Array.from(data) }));
      for (const folder of ["truth", "found", "wrong"]) mkdirSync(folder);
      put("truth/a.png", 5, 1, 1, [0b01110000, 0b01110000, 0b00000000]);
      put("found/a.png", 5, 2, 8, [0,9,0,9,5,9,5,9,0,9, 0,9,0,9,5,9,0,9,0,9, 0,9,0,9,0,9,0,9,255,9]);
      put("truth/b.png", 5, 1, 8, new Array(15).fill(0));
      put("found/b.png", 5, 1, 8, new Array(15).fill(0));
      put("truth/c.png", 5, 3, 8, Array.from({ length: 45 }, (_, i) => i === 22 ? 1 : 0));
      put("found/c.png", 5, 1, 8, [0,0,0,0,0, 0,0,7,0,0, 0,0,0,0,0]);
      put("truth/only.png", 5, 1, 8, new Array(15).fill(0));
      put("wrong/a.png", 4, 1, 8, new Array(12).fill(1));
      writeFileSync("found/notes.txt", "");`;
    await writeFile(join(project, "maker.mjs"), maker);
    await execute(process.execPath, ["maker.mjs"], { cwd: project });
  });

  test("refuses masks of different sizes, and writes nothing", async () => {
    const { stderr, status } = await run("truth", "wrong");
    const reason = "evaluate: prediction must have the shape of reference, [3, 5]; received [3, 4].";
    expect([stderr, status]).toEqual([`evaluate-a-folder: evaluate: case a failed: ${reason}\n`, 1]);
    expect(await scores()).toBe("none");
  });

  test.each([
    [["truth"], "two folders are needed: "],
    [["truth", "found", "--spacing", "1,x"], "--spacing must be numbers > 0, one an axis; received 1,x"],
    [["truth", "found", "--tolerance", "near"], "--tolerance must be a number >= 0; received near"],
    [
      ["truth", "found", "--spacing", "1,1,1"],
      "evaluate: case a failed: evaluate: spacing must have 2 entries, one an axis",
    ],
    [["truth", "node_modules"], "node_modules must hold PNG or TIFF images; it has none."],
  ])("refuses %j", async (words, reason) => {
    const { stderr, status } = await run(...words);
    expect([stderr, status]).toEqual([expect.stringContaining(reason), 1]);
    expect(await scores()).toBe("none");
  });

  test("writes every score, names what has no partner, and prints a table", async () => {
    const { stdout, stderr, status } = await run("truth", "found", "--spacing", "2,3");
    // 6 and 4 pixels, 3 shared. The farthest of both borders is the pixel in the last row: 2 below and 3 to the right of the reference.
    const line = `a,foreground,0.6,${3 / 7},${Math.sqrt(2 ** 2 + 3 ** 2)},`;
    const [head, a, b, c, end] = (await scores()).split("\r\n");
    expect(head).toBe("case,class,dice,iou,hd,hd95,assd,nsd");
    expect(a!.slice(0, line.length)).toBe(line);
    expect([b, c, end]).toEqual(["b,foreground,NaN,NaN,NaN,NaN,NaN,NaN", "c,foreground,1,1,0,0,0,1", ""]);
    expect(stdout).toMatch(/^3 cases\n.*undefined\ndice +0\.800 .* 1\niou /);
    expect([stderr, status]).toEqual(["no prediction for only\n", 2]);
  });

  test.skipIf(process.platform === "win32")("leaves an old file as it was when it is interrupted", async () => {
    const before = await scores();
    // A pipe that nobody writes to: the program waits for its second image.
    await mkdir(join(project, "slow"));
    await cp(join(project, "truth/a.png"), join(project, "slow/a.png"));
    await execute("mkfifo", [join(project, "slow/c.png")]);
    const started = execute(process.execPath, ["evaluate.mjs", "truth", "slow"], { cwd: project });
    const ended = started.catch((error: { stderr: string }) => error);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    started.child.kill("SIGINT");
    await writeFile(join(project, "slow/c.png"), "");
    expect((await ended).stderr).toBe("evaluate-a-folder: stopped; nothing was written\n");
    expect(started.child.exitCode).toBe(1);
    expect(await scores()).toBe(before);
  });
});

/** A project with the files of a recipe, and installed what its manifest lists. */
async function recipeProject(name: string): Promise<string> {
  const project = join(folder, `recipe-${name}`);
  const recipe = join(root, "examples/recipes", name);
  await cp(recipe, project, { recursive: true, filter: (path) => !path.includes("node_modules") });
  const manifest = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  const wanted = Object.keys(manifest.dependencies as Record<string, string>);
  const own = packages.filter((one) => wanted.includes(one.manifest.name));
  const all = new Set([...own, ...own.flatMap((one) => ownDependencies(one, packages))]);
  const others = wanted.filter((other) => !other.startsWith("@ddl/"));
  await install(project, [...all], others);
  return project;
}

/** The first line that a page prints, or its first error. */
async function firstLine(address: string): Promise<string> {
  const page = await browser!.newPage();
  try {
    const line = new Promise<string>((resolve) => {
      page.on("pageerror", (error) => resolve(`page error: ${error.message}`));
      page.on("console", (message) => {
        if (message.type() === "log" || message.type() === "error") resolve(message.text());
      });
    });
    await page.goto(address);
    return (await line).trim();
  } finally {
    await page.close();
  }
}

/** Bundles for production, and throws for each error and each warning but those of size. */
async function bundleWithWebpack(entry: string, path: string): Promise<void> {
  const compiler = webpack({ entry, output: { path }, mode: "production" });
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  const { errors = [], warnings = [] } = stats!.toJson({ all: false, errors: true, warnings: true });
  const complaints = [...errors, ...warnings].map(({ message }) => message);
  const others = complaints.filter((message) => !/size limit|^webpack performance recommendations/.test(message));
  if (others.length > 0) throw new Error(others.join("\n"));
}

/** Serves a bundle, and for it a page under `/isolated`, which has threads, and one under `/plain`, which has none. */
async function serve(bundle: string): Promise<Server> {
  const types: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };
  const server = createServer(async ({ url = "" }, response) => {
    const { pathname } = new URL(url, "http://127.0.0.1");
    const isPage = pathname === "/isolated" || pathname === "/plain";
    if (pathname === "/isolated") {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>';
    const content = isPage ? page : await readFile(join(bundle, pathname)).catch(() => undefined);
    const type = isPage ? "text/html" : (types[extname(pathname)] ?? "text/plain");
    response.writeHead(content === undefined ? 404 : 200, { "Content-Type": type }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

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
