// node packages/deform-conv/bench/browser.mjs <folder that has onnxruntime-web installed>
//
// deformConv2d forward in headless Chromium, on a page isolated across origins, 2 threads on either side: the backend `simd` against
// onnxruntime-web's `wasm`. Needs a build. Writes browser.json.
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { cpus, loadavg } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { chromeArguments, chromePath } from "../../../scripts/chrome.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
if (process.argv[2] === undefined) throw new Error("Give the folder in which onnxruntime-web is installed.");
const library = join(resolve(process.argv[2]), "node_modules/onnxruntime-web");
const { version } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));

const { outputFiles } = await build({
  entryPoints: [join(here, "browserPage.mjs")],
  bundle: true,
  format: "esm",
  write: false,
  logLevel: "error",
});
const files = {
  "/": {
    type: "text/html",
    text: '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
  },
  "/page.js": { type: "text/javascript", text: outputFiles[0].text },
};
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  const file = files[pathname];
  if (file !== undefined) return response.setHeader("Content-Type", file.type).end(file.text);
  const path = join(library, "dist", basename(pathname));
  if (!pathname.startsWith("/ort/") || !existsSync(path)) return response.writeHead(404).end();
  response.setHeader("Content-Type", path.endsWith(".wasm") ? "application/wasm" : "text/javascript");
  createReadStream(path).pipe(response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const browser = await chromium.launch({ executablePath: chromePath, args: chromeArguments });
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  page.on("console", (message) => console.log(message.text()));
  const loadBefore = loadavg()[0];
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction("window.measured !== undefined", undefined, { timeout: 300_000 });
  const measured = await page.evaluate("window.measured");
  if (measured.error !== undefined) throw new Error(measured.error);
  const record = {
    date: new Date().toISOString(),
    commit: execFileSync("git", ["rev-parse", "HEAD"], { cwd: here, encoding: "utf8" }).trim(),
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    chromium: browser.version(),
    versions: { "onnxruntime-web": version },
    loadBefore,
    ...measured,
  };
  writeFileSync(join(here, "browser.json"), `${JSON.stringify(record, null, 2)}\n`);
} finally {
  await browser.close();
  server.close();
}
