import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { simdFeatures } from "@ddl/simd";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromeArguments, chromePath } from "../../../scripts/chrome.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const imports = `
  import * as tf from "@tensorflow/tfjs-core";
  import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";`;
const sizes = { rows: 70, inner: 50, columns: 90 };

/** Starts the backend, or `cpu` in its place, multiplies, and prints what the module was read from, the product in short, and the status. */
const body = `
  const main = async (options) => {
    registerSimdBackend(options);
    if (!(await tf.setBackend("simd"))) await tf.setBackend("cpu");
    const integers = (length, modulus) => Float32Array.from({ length }, (_, i) => (i % modulus) - 2);
    const a = tf.tensor(integers(${sizes.rows * sizes.inner}, 7), [${sizes.rows}, ${sizes.inner}]);
    const b = tf.tensor(integers(${sizes.inner * sizes.columns}, 11), [${sizes.inner}, ${sizes.columns}]);
    const sum = (await tf.matMul(a, b).data()).reduce((before, value, i) => before + value * ((i % 13) + 1), 0);
    const { threads, threadsLost, failure } = simdStatus();
    console.log(JSON.stringify({ backend: tf.getBackend(), sum, threads, threadsLost, failure: failure?.message }));
  };`;

/** The same number by plain loops; integers this small are exact in float32 in any order. */
function expectedSum(): number {
  const { rows, inner, columns } = sizes;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let value = 0;
      for (let k = 0; k < inner; k++) value += (((row * inner + k) % 7) - 2) * (((k * columns + column) % 11) - 2);
      sum += value * (((row * columns + column) % 13) + 1);
    }
  }
  return sum;
}
const right = { backend: "simd", sum: expectedSum() };
const failed = (failure: unknown) => ({ backend: "cpu", sum: expectedSum(), threads: 0, failure });

interface Said {
  backend: string;
  sum: number;
  threads: number;
  threadsLost?: string;
  failure?: string;
}

describe("in Node, the kernels' file", () => {
  const run = (kind: "module" | "commonjs", code: string, flags: readonly string[] = []): Promise<Said> =>
    new Promise((resolve, reject) => {
      const words = [...flags, `--input-type=${kind}`, "-e", code];
      execFile(process.execPath, words, { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout));
        else reject(new Error(stdout + stderr));
      });
    });
  const file = (name: string): URL => pathToFileURL(join(folder, "../dist", name));

  test("is found by its name, as a URL and as a path", async () => {
    const url = 'new URL(import.meta.resolve("@ddl/backend-simd/plain.wasm"))';
    const module = await run("module", `${imports}${body} main({ threads: 2, wasmUrl: ${url} });`);
    expect(module).toEqual({ ...right, threads: 2 });
    const requires = `
      const tf = require("@tensorflow/tfjs-core");
      const { registerSimdBackend, simdStatus } = require("@ddl/backend-simd");`;
    const path = 'require.resolve("@ddl/backend-simd/plain.wasm")';
    const commonjs = await run("commonjs", `${requires}${body} main({ threads: 2, wasmUrl: ${path} });`);
    expect(commonjs).toEqual({ ...right, threads: 2 });
  });

  test("is the one that package.json names, byte for byte what was compiled", async () => {
    for (const name of ["plain.wasm", "relaxed.wasm"]) {
      const compiled = await readFile(join(folder, "../build", name));
      expect(compiled.equals(await readFile(file(name))), name).toBe(true);
    }
  });

  test("that is not there is named, and cpu computes", async () => {
    const address = file("no-such.wasm");
    const said = await run("module", `${imports}${body} main({ wasmUrl: ${JSON.stringify(address)} });`);
    expect(said).toEqual(failed(expect.stringMatching(`^loadKernels: ${address} cannot be read: ENOENT: [^:]*\\.$`)));
  });

  test.skipIf(simdFeatures().relaxedSimd)(
    "for relaxed SIMD is refused by a Node without, and taken with it",
    async () => {
      const url = JSON.stringify(file("relaxed.wasm"));
      const said = await run("module", `${imports}${body} main({ wasmUrl: ${url} });`);
      const advice = "This platform has no relaxed SIMD: a module that uses it does not work here.";
      const reason = `^loadKernels: ${file("relaxed.wasm")} cannot be compiled: WebAssembly\\.compile\\(\\): .*\\. ${advice}$`;
      expect(said).toEqual(failed(expect.stringMatching(reason)));
      const willing = await run(
        "module",
        `${imports}${body} main({ threads: 3, wasmUrl: ${url}, relaxedSimd: true });`,
      );
      expect(willing).toEqual({ ...right, threads: 3 });
    },
  );

  // V8 has no SIMD in WebAssembly on a processor without SSE 4.1, and this flag makes one of any x64.
  test.skipIf(process.arch !== "x64")(
    "does not matter on a processor without SIMD: it is refused with the reason",
    async () => {
      const said = await run("module", `${imports}${body} main({});`, ["--no-enable-sse4-1"]);
      const reason = "this platform's WebAssembly has no SIMD (128-bit vectors), which every kernel needs.";
      expect(said).toEqual(failed(`createRuntime: ${reason}`));
    },
  );
});

const browserTests = chromePath === undefined && process.env["CI"] !== "true" ? describe.skip : describe;
browserTests("a page bundled by Vite that hosts the kernels' file", () => {
  let browser: Browser;
  let server: Server;
  let address = "";
  let site = "";

  beforeAll(async () => {
    await mkdir(join(folder, "../.cache"), { recursive: true });
    site = await mkdtemp(join(folder, "../.cache/site-"));
    const addresses = `{
      plain,
      relaxed: new URL("@ddl/backend-simd/relaxed.wasm", import.meta.url),
      missing: new URL("/no/such.wasm", location.href),
      page: "/fallback/plain.wasm",
    }`;
    const program = `${imports}
      import plain from "@ddl/backend-simd/plain.wasm?url";${body}
      main({ threads: 2, wasmUrl: ${addresses}[location.search.slice(1)] });`;
    await writeFile(join(site, "main.js"), program);
    await writeFile(join(site, "index.html"), '<!doctype html><script type="module" src="./main.js"></script>');
    await build({ root: site, configFile: false, logLevel: "error", build: { target: "es2022" } });
    server = createServer(async ({ url = "" }, response) => {
      const [, policy = "", path = ""] = /^\/(isolated|plain|no-workers)?\/?([^?]*)/.exec(url)!;
      if (policy === "isolated" || policy === "no-workers") {
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
      }
      if (policy === "no-workers") response.setHeader("Content-Security-Policy", "worker-src 'none'");
      const isPage = policy !== "" || path.startsWith("fallback/");
      const content = await readFile(join(site, "dist", isPage ? "index.html" : path)).catch(() => undefined);
      const types: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };
      response.writeHead(content === undefined ? 404 : 200, {
        "Content-Type": isPage ? "text/html" : (types[extname(path)] ?? "text/plain"),
      });
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(chromePath, "no Chrome or Chromium found: set CHROME_PATH").toBeDefined();
    browser = await chromium.launch({ executablePath: chromePath!, args: chromeArguments });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (site !== "") await rm(site, { recursive: true });
  });

  async function open(path: string): Promise<{ said: Said; requests: string[] }> {
    const page = await browser.newPage();
    const requests: string[] = [];
    const other: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    const line = new Promise<string>((resolve, reject) => {
      page.on("pageerror", (error) => reject(new Error(`${error.message}; ${other.join("; ")}`)));
      page.on("console", (message) =>
        message.type() === "log" ? resolve(message.text()) : other.push(message.text()),
      );
    });
    await page.goto(`${address}/${path}`);
    const said = JSON.parse(await line) as Said;
    await page.close();
    return { said, requests };
  }

  test.each(["plain", "relaxed"])("computes with %s.wasm, and does not load the text", async (name) => {
    const { said, requests } = await open(`isolated?${name}`);
    expect(said).toEqual({ ...right, threads: 2 });
    expect(requests.filter((path) => path.endsWith(".wasm"))).toEqual([expect.stringMatching(`^/assets/${name}-`)]);
    expect(requests.filter((path) => /(plain|relaxed)-.*\.js$/.test(path))).toEqual([]);
  });

  test("computes on one thread where it is not isolated", async () => {
    expect((await open("plain?plain")).said).toEqual({ ...right, threads: 1 });
  });

  test("needs no file of its own without the option", async () => {
    const { said, requests } = await open("isolated?none");
    expect(said).toEqual({ ...right, threads: 2 });
    expect(requests.filter((path) => path.endsWith(".wasm"))).toEqual([]);
    // Chromium has relaxed SIMD.
    expect(requests.filter((path) => /(plain|relaxed)-.*\.js$/.test(path))).toEqual([
      expect.stringMatching(/\/relaxed-/),
    ]);
  });

  test("says which file is missing, and cpu computes", async () => {
    const { said } = await open("isolated?missing");
    expect(said).toEqual(failed(`loadKernels: ${address}/no/such.wasm cannot be read: HTTP status 404.`));
  });

  test("says which address gives a page in place of the file, and cpu computes", async () => {
    const page = (await readFile(join(site, "dist/index.html"), "utf8")).slice(0, 60);
    const { said } = await open("isolated?page");
    expect(said).toEqual(
      failed(`loadKernels: /fallback/plain.wasm must be a WebAssembly module; received ${JSON.stringify(page)}.`),
    );
  });

  test("computes on one thread where a policy forbids workers, and says so", async () => {
    const { said } = await open("no-workers?plain");
    const threadsLost =
      "a worker could not be started; a Content-Security-Policy may forbid it: see the option workerUrl";
    expect(said).toEqual({ ...right, threads: 1, threadsLost });
  });
});
