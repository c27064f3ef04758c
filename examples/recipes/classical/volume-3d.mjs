// A lesion of a volume from one click: a ball grows and shrinks in three dimensions until its border is where two regions meet.
import { writeFile } from "node:fs/promises";
import { phantomLgg } from "@ddl/datasets";
import { diceScore, surfaceMetrics } from "@ddl/metrics";
import { distanceTransformEdt, gaussianFilter, label } from "@ddl/ndimage";
import { morphologicalChanVese } from "@ddl/snakes";
import ndarray from "ndarray";
import { blue, pictureOf, yellow } from "./picture.mjs";

const [output = "volume-3d.png"] = process.argv.slice(2);
// A synthetic patient whose lesion is in one piece; where it is not, one click finds one piece of it.
const set = phantomLgg({ patients: 6, seed: 1, size: 96, slices: 24 });
const { image, mask: truth } = await set.volume(set.patients[1].id);
const flair = gaussianFilter(image.pick(null, null, null, 1), 0.7);
const { shape } = flair;

// The click: the voxel farthest from the border of the lesion. (In a viewer it is where the user points.)
const depth = distanceTransformEdt(truth);
const deepest = depth.data.indexOf(depth.data.reduce((most, value) => Math.max(most, value)));
const click = [
  Math.floor(deepest / (shape[1] * shape[2])),
  Math.floor(deepest / shape[2]) % shape[1],
  deepest % shape[2],
];

/** The voxels at most so far from the click. */
function ball(radius) {
  const inside = ndarray(new Uint8Array(shape[0] * shape[1] * shape[2]), shape);
  for (let z = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++)
        if (Math.hypot(z - click[0], y - click[1], x - click[2]) <= radius) inside.set(z, y, x, 1);
  return inside;
}

const began = performance.now();
const snake = morphologicalChanVese(flair, 100, {
  initial: ball(3),
  regionOfInterest: ball(4 * depth.data[deepest]),
  smoothing: 1,
  stopWhenStable: true,
});
const { labels } = label(snake.mask, { connectivity: 1 });
const own = labels.get(...click);
const found = ndarray(
  Uint8Array.from(labels.data, (value) => (value === own && own !== 0 ? 1 : 0)),
  shape,
);
const milliseconds = performance.now() - began;

const { robustHausdorffDistance } = surfaceMetrics(truth, found, { tolerance: 1 });
console.log(`${snake.iterations} iterations, ${milliseconds.toFixed(0)} ms`);
console.log(`Dice ${diceScore(truth, found).toFixed(3)}, HD95 ${robustHausdorffDistance.toFixed(1)} voxels`);

const slices = [-4, -2, 0, 2, 4].map((step) => click[0] + step).filter((slice) => slice >= 0 && slice < shape[0]);
const panels = slices.map((slice) => ({
  image: flair.pick(slice, null, null),
  outlines: [
    { set: truth.pick(slice, null, null), color: yellow },
    { set: found.pick(slice, null, null), color: blue },
  ],
}));
await writeFile(output, pictureOf(panels, 2));
console.log(`${output} written`);
