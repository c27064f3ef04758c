// Cost an iteration by size of image: pnpm build && node packages/snakes/bench/curve.mjs; writes curve.json.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createMorphologicalChanVese, createMorphologicalGeodesicActiveContour } from "@ddl/snakes";
import ndarray from "ndarray";

/** A bright ball on ripples; with `edges` 1 in flat places and small on its border. */
function picture(shape, edges) {
  const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const columns = shape.at(-1);
  const rows = shape.at(-2);
  for (let i = 0; i < values.length; i++) {
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    const deep = shape.length === 3 ? Math.floor(i / columns / rows) / shape[0] - 0.5 : 0;
    const distance = Math.hypot(x / columns - 0.4, y / rows - 0.6, deep) - 0.3;
    values[i] = edges
      ? 1 / (1 + Math.exp(-200 * distance * distance))
      : (distance < 0 ? 1 : 0) + 0.2 * Math.sin(x + 1.7 * y);
  }
  return ndarray(values, shape);
}

const results = [];
const shapes = [...[512, 1024, 2048, 4096, 8192].map((n) => [n, n]), ...[64, 128, 256, 512].map((n) => [n, n, n])];
const models = [
  ["morphologicalChanVese", (shape) => createMorphologicalChanVese(picture(shape, false), { initial: "disk" })],
  [
    "morphologicalGeodesicActiveContour",
    (shape) => createMorphologicalGeodesicActiveContour(picture(shape, true), { balloon: 1, threshold: 0.6 }),
  ],
];
for (const [title, create] of models) {
  for (const shape of shapes) {
    const pixels = shape.reduce((a, b) => a * b, 1);
    const solver = create(shape);
    solver.step(2);
    const times = [];
    for (let k = 0; k < 7; k++) {
      const began = performance.now();
      solver.step(2);
      times.push((performance.now() - began) / 2);
    }
    const milliseconds = times.sort((a, b) => a - b)[3];
    const nanosecondsAPixel = (1e6 * milliseconds) / pixels;
    results.push({ title, shape, milliseconds, nanosecondsAPixel });
    console.log(
      `${title}, ${shape.join("×")}: ${milliseconds.toFixed(2)} ms, ${nanosecondsAPixel.toFixed(3)} ns a pixel`,
    );
  }
}
const machine = { cpu: cpus()[0].model.trim(), cores: cpus().length, node: process.version, load: loadavg()[0] };
const record = { date: new Date().toISOString(), ...machine, results };
writeFileSync(join(import.meta.dirname, "curve.json"), `${JSON.stringify(record, null, 2)}\n`);
