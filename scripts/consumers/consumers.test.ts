import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { build as bundleWithEsbuild, transform } from "esbuild";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
import { chromeArguments, chromePath } from "../chrome.mjs";
import { ownDependencies, publishedPackages, root } from "../tarballs.js";
import { Projects } from "./projects.js";

const execute = promisify(execFile);
const packages = await publishedPackages();

/** What each program in `programs/` prints, wherever it runs. */
const printed: Record<string, string> = {
  backbones: "16x24x64 8x12x64 4x6x128 2x3x256 1x2x512 true true",
  "backend-simd": "simd 2,4,6,8 true 4.000",
  core: "1 3 5 2 4 6 true range",
  datasets: "4x32x32x3 4x32x32x1 4x32x32x3 4x32x32x1",
  "deform-conv": "1x3x4x2 true true 1x5x4",
  levelsets: "1 0 boolean 4.5 true",
  losses: "0.693 true",
  metrics: "0.571 0.5 1 a 0.7150 1",
  ndimage: "11001100 1 2x2 true",
  simd: "2 true",
  snakes: "1 0 30 true",
  training: "cpu 1 true true 1",
  unet: "1x16x8x2 true 19x11",
};

/** What the programs print that use a sub-path for Node. */
const printedInNode: Record<string, string> = { training: "cpu 0,2 4 2 true" };

/** What the programs in `programs/pages/` print, whatever bundled them, before the number of threads; the integers are of plain loops. */
const printedByPages: Record<string, string> = { "backend-simd": "simd -15237,-53631,17232197", simd: "true" };

/** What the programs import beside the package under test, as a user would install it. */
const beside: Record<string, string[]> = {
  backbones: ["@tensorflow/tfjs-backend-cpu"],
  "deform-conv": ["@tensorflow/tfjs-backend-cpu", "@tensorflow/tfjs-layers"],
  losses: ["@tensorflow/tfjs-backend-cpu", "@tensorflow/tfjs-layers"],
  unet: ["@tensorflow/tfjs-backend-cpu"],
  training: ["@tensorflow/tfjs-backend-cpu"],
};

let projects: Projects;
let browser: Browser | undefined;

beforeAll(async () => {
  projects = await Projects.open();
  if (chromePath !== undefined) browser = await chromium.launch({ executablePath: chromePath, args: chromeArguments });
});
afterAll(async () => {
  await browser?.close();
  await projects.close();
});

describe.each(packages)("@ddl/$name from its tarball", (one) => {
  const { name, manifest } = one;
  const project = (): string => join(projects.folder, name);
  const program = (): Promise<string> => readFile(join(root, "scripts/consumers/programs", `${name}.ts`), "utf8");

  beforeAll(async () => {
    const own = [one, ...ownDependencies(one, packages)];
    const required = own.flatMap(({ manifest: { peerDependencies = {}, peerDependenciesMeta = {} } }) =>
      Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true),
    );
    const others = new Set([...required, ...(beside[name] ?? []), "ndarray"]);
    await projects.install(name, own, [...others]);
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

  test.runIf(name in printedInNode)("has a sub-path for Node, for import and for require", async () => {
    const text = await readFile(join(root, "scripts/consumers/programs", `${name}.node.ts`), "utf8");
    const [module, script] = await Promise.all([
      transform(text, { loader: "ts", format: "esm" }),
      transform(asyncMain(text), { loader: "ts", format: "cjs" }),
    ]);
    expect(await runNode("node.mjs", module.code)).toBe(printedInNode[name]);
    expect(await runNode("node.cjs", script.code)).toBe(printedInNode[name]);
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

/** The imports of a program, and the rest of it inside an async function. */
function asyncMain(code: string): string {
  const lines = code.split("\n");
  const isImport = (line: string): boolean => line.startsWith("import ");
  return [...lines.filter(isImport), "(async () => {", ...lines.filter((line) => !isImport(line)), "})();"].join("\n");
}
