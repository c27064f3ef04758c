// Two morphological snakes on one picture: regions without edges, and a balloon that shrinks until edges stop it.
import { writeFile } from "node:fs/promises";
import { inverseGaussianGradient, morphologicalChanVese, morphologicalGeodesicActiveContour } from "@ddl/snakes";
import ndarray from "ndarray";
import { lesionSlice } from "./lesionSlice.mjs";
import { blue, pictureOf, readGrey, yellow } from "./picture.mjs";

const [output = "morphological-snakes.png", input] = process.argv.slice(2);
const image = input === undefined ? (await lesionSlice()).image : await readGrey(input);

/** All but a rim of some pixels. */
function interior([rows, columns], rim) {
  const set = ndarray(new Uint8Array(rows * columns), [rows, columns]);
  for (let y = rim; y < rows - rim; y++) for (let x = rim; x < columns - rim; x++) set.set(y, x, 1);
  return set;
}

const regions = morphologicalChanVese(image, 60, { smoothing: 2, stopWhenStable: true });

// Small where the picture has edges: the contour stops there.
const edges = inverseGaussianGradient(image, { alpha: 100, sigma: 2 });
const start = interior(image.shape, 4);
const balloon = morphologicalGeodesicActiveContour(edges, 200, { initial: start, balloon: -1, stopWhenStable: true });

const panels = [
  { image, outlines: [{ set: regions.mask, color: yellow }] },
  {
    image,
    outlines: [
      { set: start, color: blue },
      { set: balloon.mask, color: yellow },
    ],
  },
];
await writeFile(output, pictureOf(panels));
for (const [name, { mask, iterations, converged }] of Object.entries({ regions, balloon })) {
  const share = mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length;
  console.log(
    `${name}: ${(100 * share).toFixed(1)} % inside after ${iterations} iterations${converged ? ", stable" : ""}`,
  );
}
console.log(`${output} written`);
