// How good each method of clickToSegment is on brain MRI: node packages/snakes/bench/click.mjs <root of the LGG set>
// FLAIR of the slice with the largest lesion area of each patient; the click is the lesion's innermost point. Build first.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { distanceTransformEdt } from "@ddl/ndimage";
import { clickToSegment } from "@ddl/snakes";
import ndarray from "ndarray";

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error("usage: node packages/snakes/bench/click.mjs <root of the LGG set>");
const { openLgg } = await import(new URL("../../datasets/dist/lgg.js", import.meta.url).href);

/** Slice, lesion, click, and some other clicks inside the lesion. */
async function readCase(set, id) {
  const { image, mask } = await set.volume(id);
  const [slices, rows, columns] = mask.shape;
  const area = (slice) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) sum += mask.get(slice, i, j) > 0 ? 1 : 0;
    return sum;
  };
  const areas = Array.from({ length: slices }, (_, slice) => area(slice));
  const slice = areas.indexOf(Math.max(...areas));
  if (areas[slice] === 0) return undefined;
  const flair = ndarray(new Float64Array(rows * columns), [rows, columns]);
  const lesion = ndarray(new Uint8Array(rows * columns), [rows, columns]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      flair.set(i, j, image.get(slice, i, j, 1));
      lesion.set(i, j, mask.get(slice, i, j) > 0 ? 1 : 0);
    }
  }
  const depth = distanceTransformEdt(lesion).data;
  const point = (place) => [Math.floor(place / columns), place % columns];
  const deepest = depth.reduce((most, value) => Math.max(most, value));
  const inside = [...depth.keys()].filter((place) => depth[place] > Math.min(3, deepest / 2));
  // Spread over the lesion, always the same.
  const others = Array.from({ length: 8 }, (_, k) => point(inside[Math.floor(((k + 0.5) / 8) * inside.length)]));
  return { id, flair, lesion, click: point(depth.indexOf(deepest)), others };
}

const set = await openLgg(root, { onBadSlice: "skip" });
const cases = [];
for (const { id } of set.patients) cases.push(await readCase(set, id));
const read = cases.filter((one) => one !== undefined);

function dice(a, b) {
  let [both, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i] & b[i];
    sum += a[i] + b[i];
  }
  return (2 * both) / sum;
}
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const rows = [
  ["steepest-level", {}],
  ["steepest-level", { radius: 56 }],
  ["threshold", { radius: 56, sigma: 0 }],
  ["watershed", { radius: 56, sigma: 0 }],
  ["watershed", { radius: 56, sigma: 2 }],
  ["random-walker", {}],
  ["chan-vese", {}],
  ["geodesic", {}],
];
const results = rows.map(([method, options]) => {
  const run = ({ flair }, point) => clickToSegment(flair, point, { method, ...options });
  const scores = read.map((one) => dice(run(one, one.click).mask.data, one.lesion.data));
  const elsewhere = read.flatMap((one) => one.others.map((point) => dice(run(one, point).mask.data, one.lesion.data)));
  const times = read.map((one) => {
    const began = performance.now();
    run(one, one.click);
    return performance.now() - began;
  });
  const failures = read.filter((_, k) => scores[k] < 0.5).map(({ id }) => id);
  return {
    method,
    options,
    mean: mean(scores),
    median: median(scores),
    elsewhere: { mean: mean(elsewhere), median: median(elsewhere) },
    milliseconds: median(times),
    failures,
    scores: Object.fromEntries(read.map(({ id }, k) => [id, scores[k]])),
  };
});
const record = {
  date: new Date().toISOString(),
  cpu: cpus()[0].model.trim(),
  node: process.version,
  cases: read.length,
};
writeFileSync(join(import.meta.dirname, "click.json"), `${JSON.stringify({ ...record, results }, null, 2)}\n`);
console.log("| method | options | mean | median | other clicks | ms | below 0.5 |");
console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
for (const { method, options, mean, median, elsewhere, milliseconds, failures } of results) {
  const figures = [mean, median].map((value) => value.toFixed(3));
  const others = `${elsewhere.mean.toFixed(3)} / ${elsewhere.median.toFixed(3)}`;
  const words = JSON.stringify(options).replace(/[{}"]/g, "") || "default";
  console.log(`| ${[method, words, ...figures, others, milliseconds.toFixed(1), failures.length].join(" | ")} |`);
}
