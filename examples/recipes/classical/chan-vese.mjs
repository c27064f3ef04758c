// Chan–Vese by steps: the contour from a checkerboard to two regions, with what it minimises.
import { writeFile } from "node:fs/promises";
import { createChanVese } from "@ddl/levelsets";
import { lesionSlice } from "./lesionSlice.mjs";
import { pictureOf, readGrey, yellow } from "./picture.mjs";

const [output = "chan-vese.png", input] = process.argv.slice(2);
const image = input === undefined ? (await lesionSlice()).image : await readGrey(input);

// mu is the price of the contour's length: the higher, the fewer small parts.
const solver = createChanVese(image, { mu: 0.15, tolerance: 1e-3 });
const panels = [];
for (const until of [2, 40, 200]) {
  while (solver.iterations < until && !solver.converged) solver.step();
  panels.push({ image, outlines: [{ set: solver.mask(), color: yellow }] });
}
await writeFile(output, pictureOf(panels));
console.log(`${solver.iterations} iterations${solver.converged ? ", converged" : ""}`);
console.log(`${output} written`);
