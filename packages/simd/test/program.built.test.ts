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
import stored from "./kernels/kernels.json" with { type: "json" };

const folder = dirname(fileURLToPath(import.meta.url));

/** What a user's program does; it prints one line. */
const body = `
  const bytes = Uint8Array.from(atob("${stored.base64}"), (character) => character.charCodeAt(0));
  const main = async () => {
    const runtime = await createRuntime({ threads: 2 });
    const { scale, count } = await runtime.loadKernels(bytes, ["scale", "count"]);
    const x = runtime.heap.allocate(40_000), y = runtime.heap.allocate(40_000);
    runtime.heap.f32(x, 10_000).fill(3);
    let wrong = 0;
    for (let job = 0; job < 200; job++) {
      runtime.parallelFor(scale, 40, [x, y, 10_000, 250, job]);
      wrong += runtime.heap.f32(y, 10_000).filter((value) => value !== 3 * job).length;
    }
    console.log("threads", runtime.threads, "wrong", wrong, "lost", runtime.threadsLost ? "yes" : "no");
  };
  main();`;

describe("a program in Node", () => {
  const run = (words: string[]): Promise<{ code: number | string; text: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, words, { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? "?"), text: stdout + stderr });
      });
    });

  test.each([
    ["module", 'import { createRuntime } from "@ddl/simd";'],
    ["commonjs", 'const { createRuntime } = require("@ddl/simd");'],
  ])("computes on two threads and ends by itself, as %s", async (kind, first) => {
    const { code, text } = await run([`--input-type=${kind}`, "-e", first + body]);
    expect(text.trim()).toBe("threads 2 wrong 0 lost no");
    expect(code).toBe(0);
  });
});

const browserTests = chromePath === undefined && process.env["CI"] !== "true" ? describe.skip : describe;
browserTests("a page bundled by esbuild", () => {
  let browser: Browser;
  let server: Server;
  let address = "";
  beforeAll(async () => {
    const code = await bundle();
    const policies: Record<string, Record<string, string>> = {
      "/isolated": { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
      "/plain": {},
    };
    policies["/no-workers"] = { ...policies["/isolated"], "Content-Security-Policy": "worker-src 'none'" };
    server = createServer(({ url = "" }, response) => {
      const script = url === "/page.js";
      response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
      for (const [name, value] of Object.entries(policies[url] ?? {})) response.setHeader(name, value);
      response.end(
        script ? code : '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
      );
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

  async function bundle(): Promise<string> {
    const contents = `import { createRuntime } from "@ddl/simd";${body}`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: folder, loader: "js" },
      bundle: true,
      minify: true,
      // The hardest case for a program that is kept as text: names are kept by a helper.
      keepNames: true,
      format: "esm",
      platform: "browser",
      write: false,
    });
    return outputFiles[0]!.text;
  }

  test.each([
    ["isolated", "threads 2 wrong 0 lost no"],
    ["plain", "threads 1 wrong 0 lost no"],
    ["no-workers", "threads 1 wrong 0 lost yes"],
  ])("%s", async (name, expected) => {
    const page = await browser.newPage();
    const said: string[] = [];
    const line = new Promise<string>((resolve) => {
      page.on("pageerror", (error) => resolve(`page error: ${error.message}`));
      page.on("console", (message) => {
        said.push(message.text());
        if (message.type() === "log") resolve(message.text());
      });
    });
    await page.goto(`${address}/${name}`);
    expect(await line, said.join("\n")).toBe(expected);
    await page.close();
  });
});
