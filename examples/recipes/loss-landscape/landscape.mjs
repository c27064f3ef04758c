// Draws every loss as a shape is shifted, resized and made more certain against its target, into one HTML page.
import { writeFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // names its backends and gradients for the losses
import { groups } from "./losses.mjs";
import { renderPage } from "./page.mjs";

await tf.setBackend("cpu");

const [rows, columns] = [48, 72];
const [height, width] = [8, 14]; // half axes of the target, an ellipse in the middle

/** About the signed distance to an ellipse in pixels, positive inside. */
function depth(shift, scale) {
  const values = new Float32Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const radius = Math.hypot((y - rows / 2 + 0.5) / height, (x - columns / 2 + 0.5 - shift) / width);
      values[y * columns + x] = (scale - radius) * Math.sqrt(height * width);
    }
  }
  return values;
}

const picture = (values) => tf.tensor(values, [1, rows, columns, 1]);
const target = picture(depth(0, 1).map((value) => (value > 0 ? 1 : 0)));
const image = tf.add(tf.mul(target, 0.6), 0.2);

/** What is varied, and the prediction that it gives: logits, about ±2 one pixel from the border. */
const sweeps = [
  {
    title: "Shifted",
    text: "The prediction has the right form and size and lies some pixels beside the target.",
    axis: "shift in pixels",
    values: Array.from({ length: 61 }, (_, k) => k - 30),
    logits: (shift) => depth(shift, 1).map((value) => 2 * value),
    outline: [-20, 0, 8].map((shift) => ({ shift, scale: 1 })),
  },
  {
    title: "Resized",
    text: "The prediction has the right place and is smaller or larger than the target.",
    axis: "size, 1 is the target's",
    values: Array.from({ length: 61 }, (_, k) => 0.1 + k * 0.04),
    logits: (scale) => depth(0, scale).map((value) => 2 * value),
    outline: [0.4, 1, 1.6].map((scale) => ({ shift: 0, scale })),
  },
  {
    title: "More certain",
    text: "The prediction lies 4 pixels beside the target, and its logits are multiplied: from undecided to sure of what is partly wrong.",
    axis: "factor of the logits",
    logarithmic: true,
    values: Array.from({ length: 61 }, (_, k) => 10 ** (-2 + k / 20)),
    logits: (factor) => depth(4, 1).map((value) => factor * value),
    outline: [{ shift: 4, scale: 1 }],
  },
];

/** Each loss at each value of a sweep, scaled to [0, 1]. */
function curve({ value }, { values, logits }) {
  const raw = values.map((at) => tf.tidy(() => value({ target, image, logits: picture(logits(at)) }).dataSync()[0]));
  const wrong = raw.findIndex((loss) => !Number.isFinite(loss));
  if (wrong >= 0) throw new Error(`a loss is ${raw[wrong]} at ${values[wrong]}`);
  const [least, most] = [Math.min(...raw), Math.max(...raw)];
  const points = values.map((at, k) => ({ at, loss: most > least ? (raw[k] - least) / (most - least) : 0 }));
  return { points, least, most, best: values[raw.indexOf(least)] };
}

const sections = sweeps.map((sweep) => ({
  ...sweep,
  groups: groups.map(({ title, losses }) => ({
    title,
    curves: losses.map((loss) => ({ name: loss.name, ...curve(loss, sweep) })),
  })),
}));
const [path = "loss-landscape.html"] = process.argv.slice(2);
await writeFile(path, renderPage({ sections, shape: { rows, columns, height, width } }));
for (const { title, groups } of sections) {
  const least = groups.flatMap(({ curves }) => curves).map(({ name, best }) => `${name} ${Number(best.toFixed(2))}`);
  console.log(`${title}: least at ${least.join(", ")}`);
}
console.log(`${path} written`);
