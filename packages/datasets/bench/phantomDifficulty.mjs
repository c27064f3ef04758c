// Prints how hard the phantom is for thresholds, beside the real set if its folder is given, as a Markdown table.
// Build the package first, then: node packages/datasets/bench/phantomDifficulty.mjs [--patients 96] [--seeds 1,2,3]
//   [--sizes 128] [--data <folder of the LGG set>]
import { parseArgs } from "node:util";
import { phantomLgg } from "@ddl/datasets";
import { openLgg } from "@ddl/datasets/lgg";
import { ThresholdCounter } from "./thresholdAnchors.mjs";

const { values } = parseArgs({
  options: {
    patients: { type: "string", default: "96" },
    seeds: { type: "string", default: "1,2,3" },
    sizes: { type: "string", default: "128" },
    data: { type: "string" },
  },
});

const columns = [];
if (values.data !== undefined) columns.push(await measure("real set", await openLgg(values.data)));
for (const size of values.sizes.split(",").map(Number)) {
  for (const seed of values.seeds.split(",").map(Number)) {
    const dataset = phantomLgg({ patients: Number(values.patients), seed, size });
    columns.push(await measure(`seed ${seed}, ${size}²`, dataset));
  }
}

const rows = [
  ["patients", (a) => a.patients],
  ["slices", (a) => a.slices],
  ["slices with lesion", (a) => a.lesionSliceFraction.toFixed(3)],
  ["lesion area fraction, slices with lesion: median", (a) => a.areaFraction.median.toFixed(4)],
  ["the same: mean", (a) => a.areaFraction.mean.toFixed(4)],
  ["lesion pixels among all pixels", (a) => a.lesionPixelFraction.toFixed(5)],
  ["one threshold for all: best t", (a) => a.pooled.threshold],
  ["one threshold for all: volume Dice, all pixels pooled", (a) => a.pooled.dice.toFixed(3)],
  ["the same t, per patient: mean", (a) => a.pooled.patientMean.toFixed(3)],
  ["the same t, per patient: median", (a) => a.pooled.patientMedian.toFixed(3)],
  ["best t of each patient, volume Dice: mean", (a) => a.ownThresholdMean.toFixed(3)],
  ["best t of the largest-lesion slice: mean", (a) => a.oracle.mean.toFixed(3)],
  ["the same: median", (a) => a.oracle.median.toFixed(3)],
  ["the same: range", (a) => `${a.oracle.min.toFixed(2)} to ${a.oracle.max.toFixed(2)}`],
  ["milliseconds a slice", (a) => a.milliseconds.toFixed(1)],
];
console.log(`| | ${columns.map(({ name }) => name).join(" | ")} |`);
console.log(`|---|${"---|".repeat(columns.length)}`);
for (const [title, show] of rows) {
  console.log(`| ${title} | ${columns.map(({ anchors }) => show(anchors)).join(" | ")} |`);
}

async function measure(name, dataset) {
  const counter = new ThresholdCounter();
  let milliseconds = 0;
  for (const { id, sliceCount } of dataset.patients) {
    const started = performance.now();
    const { image, mask } = await dataset.volume(id);
    milliseconds += performance.now() - started;
    counter.add(image.data, mask.data, sliceCount);
  }
  const anchors = counter.anchors();
  return { name, anchors: { ...anchors, milliseconds: milliseconds / anchors.slices } };
}
