// Distance regularised level set evolution: a contour drawn roughly around a lesion closes on its edge.
import { writeFile } from "node:fs/promises";
import { drlse } from "@ddl/levelsets";
import { diceScore } from "@ddl/metrics";
import { binaryDilation, gaussianGradientMagnitude } from "@ddl/ndimage";
import ndarray from "ndarray";
import { lesionSlice } from "./lesionSlice.mjs";
import { blue, pictureOf, yellow } from "./picture.mjs";

const [output = "drlse.png"] = process.argv.slice(2);
const { image, lesion } = await lesionSlice();

// 1 in flat places, near 0 at edges.
const slope = gaussianGradientMagnitude(image, 1);
const edges = ndarray(
  Float64Array.from(slope.data, (value) => 1 / (1 + (value / 2) ** 2)),
  [...slope.shape],
);

// A rough outline, as a hand would draw it, three pixels too far out: 2 inside and −2 outside, no distance function.
const rough = binaryDilation(lesion, { iterations: 3, connectivity: 2 });
const initial = ndarray(
  Float64Array.from(rough.data, (inside) => (inside ? 2 : -2)),
  [...rough.shape],
);
const { mask } = drlse(edges, initial, { lambda: 5, alpha: -1.5, epsilon: 1.5, maxIterations: 250 });

const panels = [
  { image, outlines: [{ set: rough, color: blue }] },
  { image, outlines: [{ set: mask, color: yellow }] },
];
await writeFile(output, pictureOf(panels));
console.log(`Dice before ${diceScore(lesion, rough).toFixed(3)}, after ${diceScore(lesion, mask).toFixed(3)}`);
console.log(`${output} written`);
