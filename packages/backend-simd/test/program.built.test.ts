import { execFile } from "node:child_process";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromeArguments, chromePath } from "../../../scripts/chrome.mjs";

const folder = dirname(fileURLToPath(import.meta.url));

/** A convolution large enough for threads, with its gradients, and tfjs-core alone; it prints the numbers' bits in short. */
const body = `
  const main = async () => {
    registerSimdBackend({ threads: 2 });
    await tf.setBackend("simd");
    const numbers = (length) => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7) + (i % 7) / 9);
    const x = tf.tensor(numbers(2 * 40 * 36 * 16), [2, 40, 36, 16]);
    const w = tf.tensor(numbers(9 * 16 * 24), [3, 3, 16, 24]);
    const results = tf.tidy(() => [tf.conv2d(x, w, 1, "same"), ...tf.grads((a, b) => tf.sum(tf.square(tf.conv2d(a, b, 1, "same"))))([x, w])]);
    let hash = 0;
    for (const one of results) for (const bits of new Int32Array(one.dataSync().buffer)) hash = (Math.imul(hash, 31) + bits) | 0;
    console.log(tf.getBackend(), simdProfile().some(({ kernel, where }) => kernel === "Conv2D" && where === "wasm"), hash);
  };
  main();`;

const run = (words: string[]): Promise<{ code: number | string; text: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? "?"), text: stdout + stderr });
    });
  });

const heads: Record<string, string> = {
  module:
    'import * as tf from "@tensorflow/tfjs-core"; import { registerSimdBackend, simdProfile } from "@ddl/backend-simd";',
  commonjs:
    'const tf = require("@tensorflow/tfjs-core"); const { registerSimdBackend, simdProfile } = require("@ddl/backend-simd");',
};

describe("a program in Node, with tfjs-core alone", () => {
  test.each(Object.entries(heads))("trains and ends by itself, as %s", async (kind, head) => {
    const { code, text } = await run([`--input-type=${kind}`, "-e", head + body]);
    expect(text.trim().split("\n").at(-1)).toMatch(/^simd true -?\d+$/);
    expect(code).toBe(0);
  });

  test("starts the workers of its own options, and no others", async () => {
    const counted = `
      import workerThreads from "node:worker_threads";
      import { syncBuiltinESMExports } from "node:module";
      let started = 0;
      workerThreads.Worker = class extends workerThreads.Worker { constructor(...words) { super(...words); started++; } };
      syncBuiltinESMExports();
      process.on("exit", () => console.log("workers", started));`;
    const program = heads["module"]! + counted + body.replace("threads: 2", "threads: 3");
    const { text } = await run(["--input-type=module", "-e", program]);
    expect(text.trim().split("\n").at(-1)).toBe("workers 2");
  });

  test("gives the same bits on one thread and on three", async () => {
    const said = await Promise.all(
      [1, 2, 3].map((threads) => {
        const program = heads["module"]! + body.replace("threads: 2", `threads: ${threads}`);
        return run(["--input-type=module", "-e", program]);
      }),
    );
    expect(new Set(said.map(({ text }) => text.trim())).size).toBe(1);
  });
});

const browserTests = chromePath === undefined && process.env["CI"] !== "true" ? describe.skip : describe;
browserTests("a page bundled by esbuild", () => {
  let browser: Browser;
  let server: Server;
  let address = "";
  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: heads["module"]! + body, resolveDir: folder, loader: "js" },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false,
    });
    const isolated = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
    server = createServer(({ url = "" }, response) => {
      const script = url === "/page.js";
      response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
      if (url === "/isolated") for (const [name, value] of Object.entries(isolated)) response.setHeader(name, value);
      const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
      response.end(script ? outputFiles[0]!.text : page);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(chromePath, "no Chrome or Chromium found: set CHROME_PATH").toBeDefined();
    browser = await chromium.launch({ executablePath: chromePath!, args: chromeArguments });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function line(name: string): Promise<string> {
    const page = await browser.newPage();
    const said: string[] = [];
    const first = new Promise<string>((resolve) => {
      page.on("pageerror", (error) => resolve(`page error: ${error.message}; ${said.join("; ")}`));
      page.on("console", (message) => {
        said.push(message.text());
        if (message.type() === "log") resolve(message.text());
      });
    });
    await page.goto(`${address}/${name}`);
    const result = await first;
    await page.close();
    return result;
  }

  test("computes the same with threads, where it is isolated, and without", async () => {
    const [isolated, plain] = [await line("isolated"), await line("plain")];
    expect(isolated).toMatch(/^simd true -?\d+$/);
    expect(plain).toBe(isolated);
  });
});
