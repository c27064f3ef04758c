// Time a step, dense and in a narrow band, of a circle in images of growing size: pnpm build && node packages/levelsets/bench/narrowBand.mjs
import { createGeodesicActiveContour } from "@ddl/levelsets";
import ndarray from "ndarray";

const steps = 18;

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function timeOf(size, options) {
  const edges = ndarray(new Float64Array(size * size).fill(0.8), [size, size]);
  const initial = ndarray(new Float64Array(size * size), [size, size]);
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) initial.set(y, x, 60 - Math.hypot(y - 100, x - 110));
  const solver = createGeodesicActiveContour(edges, initial, options);
  solver.step(steps);
  const times = [];
  for (let k = 0; k < 7; k++) {
    const start = performance.now();
    solver.step(steps);
    times.push((performance.now() - start) / steps);
  }
  return median(times);
}

for (const size of [256, 512, 1024]) {
  const dense = timeOf(size, { dt: 0.05 });
  const band = timeOf(size, { dt: 0.05, narrowBand: 8 });
  console.log(`${size}²: dense ${dense.toFixed(2)} ms, band ${band.toFixed(2)} ms a step`);
}
