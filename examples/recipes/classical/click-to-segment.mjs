// The object under a click, by every method, and how long each took.
import { writeFile } from "node:fs/promises";
import { diceScore } from "@ddl/metrics";
import { distanceTransformEdt } from "@ddl/ndimage";
import { clickToSegment } from "@ddl/snakes";
import { lesionSlice } from "./lesionSlice.mjs";
import { blue, pictureOf, yellow } from "./picture.mjs";

const [output = "click-to-segment.png"] = process.argv.slice(2);
const { image, lesion } = await lesionSlice();

// The click: the lesion's innermost point. In a viewer it is where the user points.
const depth = distanceTransformEdt(lesion).data;
const deepest = depth.indexOf(depth.reduce((most, value) => Math.max(most, value)));
const click = [Math.floor(deepest / lesion.shape[1]), deepest % lesion.shape[1]];

const panels = [];
for (const method of ["steepest-level", "watershed", "random-walker"]) {
  clickToSegment(image, click, { method }); // the first call is compiled
  const began = performance.now();
  const { mask } = clickToSegment(image, click, { method });
  const milliseconds = performance.now() - began;
  console.log(`${method}: Dice ${diceScore(lesion, mask).toFixed(3)}, ${milliseconds.toFixed(1)} ms`);
  panels.push({
    image,
    outlines: [
      { set: lesion, color: yellow },
      { set: mask, color: blue },
    ],
  });
}
await writeFile(output, pictureOf(panels));
console.log(`${output} written`);
