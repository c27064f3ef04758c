// Cost an iteration by size of image: pnpm build && node packages/levelsets/bench/curve.mjs; writes curve.json.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createChanVese, createGeodesicActiveContour } from "@ddl/levelsets";
import { createSimdChanVese } from "@ddl/levelsets/simd";
import { createRuntime } from "@ddl/simd";
import ndarray from "ndarray";

/** A bright ball on a slope with ripples. */
function picture(shape, Storage) {
  const values = new Storage(shape.reduce((a, b) => a * b, 1));
  const columns = shape.at(-1);
  const rows = shape.at(-2);
  for (let i = 0; i < values.length; i++) {
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    const z = Math.floor(i / columns / rows);
    const deep = shape.length === 3 ? z / shape[0] - 0.5 : 0;
    values[i] =
      (Math.hypot(x / columns - 0.4, y / rows - 0.6, deep) < 0.3 ? 1 : 0) + 0.2 * Math.sin(x + 1.7 * y + 0.3 * z);
  }
  return ndarray(values, shape);
}

/** Median milliseconds of a call of `work`. */
function time(work, rounds) {
  work();
  const times = [];
  for (let k = 0; k < rounds; k++) {
    const began = performance.now();
    work();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

const results = [];
function report(title, shape, milliseconds) {
  const pixels = shape.reduce((a, b) => a * b, 1);
  const nanoseconds = (1e6 * milliseconds) / pixels;
  results.push({ title, shape, milliseconds, nanosecondsAPixel: nanoseconds });
  console.log(`${title}, ${shape.join("×")}: ${milliseconds.toFixed(2)} ms, ${nanoseconds.toFixed(2)} ns a pixel`);
}

const squares = [512, 1024, 2048, 4096, 8192].map((n) => [n, n]);
const cubes = [64, 128, 256, 512].map((n) => [n, n, n]);
const rounds = (shape) => (shape.reduce((a, b) => a * b, 1) > 2e7 ? 1 : 7);
for (const shape of [...squares, ...cubes]) {
  const large = shape.length === 3 && shape[0] === 512;
  const solver = createChanVese(picture(shape, large ? Float32Array : Float64Array), { energies: false });
  report(
    large ? "chanVese, float32" : "chanVese, float64",
    shape,
    time(() => solver.step(), rounds(shape)),
  );
}
const simdRuns = [
  ["float32", squares],
  ["float64", [...squares, ...cubes.slice(0, 3)]],
];
for (const threads of [1, 2]) {
  const runtime = await createRuntime({ threads });
  for (const [dtype, shapes] of simdRuns) {
    for (const shape of shapes) {
      const solver = await createSimdChanVese(picture(shape, Float32Array), { runtime, dtype });
      report(
        `simdChanVese, ${dtype}, threads: ${threads}`,
        shape,
        time(() => solver.step(), rounds(shape)),
      );
      solver.dispose();
    }
  }
  await runtime.close();
}
// The same small circle in ever larger images: what a narrow band costs must not follow the image.
for (const shape of squares.slice(0, 4)) {
  const initial = ndarray(new Float64Array(shape[0] * shape[1]), shape);
  for (let y = 0; y < shape[0]; y++)
    for (let x = 0; x < shape[1]; x++) initial.set(y, x, 60 - Math.hypot(y - 100, x - 110));
  const edges = ndarray(new Float64Array(shape[0] * shape[1]).fill(0.8), shape);
  const solver = createGeodesicActiveContour(edges, initial, { dt: 0.05, narrowBand: 8 });
  report("geodesicActiveContour, narrowBand 8, one circle", shape, time(() => solver.step(18), 7) / 18);
}
const machine = { cpu: cpus()[0].model.trim(), cores: cpus().length, node: process.version, load: loadavg()[0] };
const record = { date: new Date().toISOString(), ...machine, results };
writeFileSync(join(import.meta.dirname, "curve.json"), `${JSON.stringify(record, null, 2)}\n`);
