// Scores of a folder of predicted masks against a folder of reference masks of the same names, as a table and as CSV.
import { readdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { parseArgs } from "node:util";
import { diceScore, evaluate, evaluationToCsv, jaccardIndex, surfaceMetrics } from "@ddl/metrics";
import { decode as decodePng } from "fast-png";
import { decode as decodeTiff } from "tiff";
import writeFileAtomic from "write-file-atomic";

const usage = "node evaluate.mjs <references> <predictions> [--spacing 1,1] [--tolerance 1] [--out scores.csv]";

/** Overlap, and what follows from the distances between the borders, which are computed once for all of it. */
const metricsFor = (tolerance) => ({
  dice: (r, p) => diceScore(r, p),
  iou: (r, p) => jaccardIndex(r, p),
  surfaces: (r, p, context) => {
    const all = surfaceMetrics(r, p, { tolerance, ...context });
    return {
      hd: all.hausdorffDistance,
      hd95: all.robustHausdorffDistance,
      assd: all.averageSymmetricSurfaceDistance,
      nsd: all.normalizedSurfaceDice,
    };
  },
});

/** The images of a folder: name without ending → path. */
async function imagesOf(folder) {
  const images = new Map();
  for (const file of (await readdir(folder)).sort()) {
    const { name, ext } = parse(file);
    if (!/^\.(png|tiff?)$/i.test(ext)) continue;
    if (images.has(name)) throw new Error(`${folder} has two images named ${name}: one of them must go.`);
    images.set(name, join(folder, file));
  }
  if (images.size === 0) throw new Error(`${folder} must hold PNG or TIFF images; it has none.`);
  return images;
}

/** A mask, (rows, columns) or (pages, rows, columns): inside where a grey value, a palette's index or any colour is not 0. */
async function readMask(file) {
  try {
    const bytes = await readFile(file);
    const isPng = /\.png$/i.test(file);
    const pages = isPng ? [decodePng(bytes)] : decodeTiff(bytes);
    const { width, height } = pages[0];
    const mask = new Uint8Array(pages.length * height * width);
    for (const [k, page] of pages.entries()) {
      if (page.width !== width || page.height !== height) throw new Error(`page ${k + 1} has another size than page 1`);
      const channels = page.channels ?? page.samplesPerPixel;
      const colours = isPng ? channels - ((channels + 1) % 2) : channels - Number(page.alpha);
      const value = isPng && page.depth < 8 ? packed(page) : (i) => page.data[i];
      for (let i = 0; i < height * width; i++) {
        for (let c = 0; c < colours; c++) if (value(i * channels + c) !== 0) mask[k * height * width + i] = 1;
      }
    }
    return { data: mask, shape: pages.length === 1 ? [height, width] : [pages.length, height, width] };
  } catch (cause) {
    throw new Error(`${file} is no readable mask: ${cause.message}`, { cause });
  }
}

/** The samples of a PNG that has several in a byte: rows begin at whole bytes. */
function packed({ width, depth, data }) {
  const rowBytes = Math.ceil((width * depth) / 8);
  return (i) => {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)];
    return (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
}

function printTable({ overall, ids }) {
  const columns = ["mean", "standardDeviation", "median", "q1", "q3", "min", "max"];
  const rows = Object.entries(overall).map(([name, one]) => [
    name,
    ...columns.map((key) => one[key].toFixed(3)),
    String(one.undefined),
  ]);
  const lines = [["", "mean", "std", "median", "q1", "q3", "min", "max", "undefined"], ...rows];
  console.log(`${ids.length} cases`);
  for (const [name, ...cells] of lines) {
    console.log(name.padEnd(6) + cells.map((cell) => cell.padStart(10)).join(""));
  }
}

async function main() {
  const options = {
    spacing: { type: "string" },
    tolerance: { type: "string", default: "1" },
    out: { type: "string", default: "scores.csv" },
  };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  if (positionals.length !== 2) throw new Error(`two folders are needed: ${usage}`);
  const spacing = values.spacing?.split(",").map(Number);
  if (spacing?.some((step) => !(step > 0 && step < Infinity))) {
    throw new Error(`--spacing must be numbers > 0, one an axis; received ${values.spacing}`);
  }
  const tolerance = Number(values.tolerance);
  if (!(tolerance >= 0 && tolerance < Infinity)) {
    throw new Error(`--tolerance must be a number >= 0; received ${values.tolerance}`);
  }
  const [references, predictions] = await Promise.all(positionals.map(imagesOf));
  const names = [...references.keys()].filter((name) => predictions.has(name));
  const alone = [
    ...[...references.keys()].filter((name) => !predictions.has(name)).map((name) => `no prediction for ${name}`),
    ...[...predictions.keys()].filter((name) => !references.has(name)).map((name) => `no reference for ${name}`),
  ];
  if (names.length === 0) throw new Error("the two folders have no image of the same name");

  // Ctrl-C stops between two metrics. The file is written in the end and at once: the old one stays, or the new one is whole.
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new Error("stopped; nothing was written")));

  async function* cases() {
    for (const id of names) {
      const [reference, prediction] = await Promise.all([references, predictions].map((all) => readMask(all.get(id))));
      yield { id, reference, prediction };
    }
  }
  const onProgress = ({ done, id }) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${done}/${names.length} ${id}${done === names.length ? "\n" : ""}`);
  };
  const given = spacing === undefined ? {} : { spacing };
  const metrics = metricsFor(tolerance);
  const evaluation = await evaluate(cases(), { metrics, ...given, signal: controller.signal, onProgress });
  await writeFileAtomic(values.out, evaluationToCsv(evaluation));
  printTable(evaluation);
  console.log(`wrote ${values.out}`);
  // A case that is not there is in no mean: the program says so, and a script can see it.
  for (const line of alone) console.error(line);
  if (alone.length > 0) process.exitCode = 2;
}

try {
  await main();
} catch (error) {
  console.error(`evaluate-a-folder: ${error.message}`);
  process.exitCode = 1;
}
