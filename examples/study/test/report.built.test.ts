import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromeArguments, chromePath } from "../../../scripts/chrome.mjs";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const config = {
  name: "small",
  title: "A <small> study & its report",
  dataset: { kind: "phantom", patients: 8, seed: 5, size: 64 },
  preprocessing: { size: 32 },
  split: { kind: "holdout", validation: 0.25, test: 0.375, stratify: false },
  methods: [{ name: "threshold" }, { name: "unet", depth: 1, baseFilters: 2, epochs: 2, stepsPerEpoch: 2, workers: 0 }],
  metrics: ["dice", "hd95"],
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-report-"));
  await writeFile(join(folder, "small.json"), JSON.stringify(config));
  await promisify(execFile)(process.execPath, [cli, "run", "--config", join(folder, "small.json"), "--out", folder]);
});
afterAll(() => rm(folder, { recursive: true }));

describe("the files of a report", () => {
  test("hold each test patient of each method", async () => {
    const csv = (await readFile(join(folder, "results.csv"), "utf8")).trim().split("\n");
    expect(csv[0]).toBe("method,loss,seed,fold,patient,institution,slices,lesion_voxels,dice,hd95");
    expect(csv).toHaveLength(1 + 3 * 3);
    const json = JSON.parse(await readFile(join(folder, "results.json"), "utf8"));
    expect(json.summaries.map(({ label }: { label: string }) => label)).toEqual([
      "Threshold",
      "U-Net · cross-entropy",
      "U-Net · Dice",
    ]);
    const dice = csv
      .slice(1)
      .filter((line) => line.startsWith("Threshold,"))
      .map((line) => Number(line.split(",")[8]));
    const mean = dice.reduce((sum, value) => sum + value, 0) / dice.length;
    expect(json.summaries[0].metrics.dice.mean).toBeCloseTo(mean, 12);
    expect(json.provenance.packages["@tensorflow/tfjs-core"]).toBe("4.22.0");
  });
});

const browserTests = chromePath === undefined && process.env["CI"] !== "true" ? describe.skip : describe;
browserTests("the page in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    expect(chromePath, "no Chrome or Chromium found: set CHROME_PATH").toBeDefined();
    browser = await chromium.launch({ executablePath: chromePath!, args: chromeArguments });
  });
  afterAll(() => browser?.close());

  for (const width of [360, 1280]) {
    for (const colorScheme of ["light", "dark"] as const) {
      test(`fits ${width} pixels in ${colorScheme} mode, asks for nothing else, and says nothing on the console`, async () => {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        const asked: string[] = [];
        const said: string[] = [];
        page.on("request", (request) => asked.push(request.url()));
        page.on("console", (message) => said.push(message.text()));
        await page.goto(pathToFileURL(join(folder, "report.html")).href);
        expect(await page.title()).toBe(config.title);
        expect(await page.locator("tbody tr").count()).toBe(3);
        expect(await page.locator(".plots svg").count()).toBe(4);
        expect(await page.locator(".overlay svg").count()).toBe(9);
        const { scroll, background } = await page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          background: getComputedStyle(document.body).backgroundColor,
        }));
        expect(scroll).toBeLessThanOrEqual(width);
        expect(background).toBe(colorScheme === "dark" ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)");
        expect(asked.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
        expect(said).toEqual([]);
        await page.close();
      });
    }
  }
});
