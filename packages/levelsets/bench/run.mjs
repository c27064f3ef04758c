// Times @ddl/levelsets (built) against scikit-image, both sides in turn: node packages/levelsets/bench/run.mjs [--trial]
import { join } from "node:path";
import { chanVese } from "@ddl/levelsets";
import { createSimdChanVese } from "@ddl/levelsets/simd";
import { createRuntime } from "@ddl/simd";
import ndarray from "ndarray";
import { measureAll, startReference } from "../../../scripts/bench/comparison.mjs";

const trial = process.argv.includes("--trial");
const size = 512;
const iterations = 10;
const reference = await startReference(join(import.meta.dirname, "reference.py"), size, iterations);
const storages = { float64: Float64Array, float32: Float32Array };
const images = Object.fromEntries(
  Object.entries(storages).map(([job, storage]) => [job, ndarray(reference.read(job, storage), [size, size])]),
);

/** A row's figures are of an iteration; the copy of the image and the initial level set are in them. */
const row = (title, job, run, differing = 0) => ({
  title,
  job,
  run,
  iterations,
  storage: storages[job],
  tolerance: 1e-5,
  differing,
  slowReference: true,
});
const plain = (job, energies) =>
  row(
    `${job}, ${energies ? `energies: "${energies}"` : "no energies"}`,
    job,
    () => chanVese(images[job], { tolerance: 0, maxIterations: iterations, energies }).phi,
  );
const runtimes = [await createRuntime({ threads: 1 }), await createRuntime({ threads: 2 })];
const simd = (dtype, runtime) =>
  row(`${dtype} on SIMD, threads: ${runtime.threads}`, dtype, async () => {
    const solver = await createSimdChanVese(images[dtype], { dtype, tolerance: 0, runtime });
    solver.step(iterations);
    const phi = solver.phi();
    solver.dispose();
    return phi;
  });
const ipol = () =>
  chanVese(images.float64, { tolerance: 0, maxIterations: iterations, energies: false, scheme: "ipol" }).phi;

const rows = [];
for (const dtype of ["float64", "float32"]) {
  for (const energies of ["curvature", "length", false]) rows.push(plain(dtype, energies));
  for (const runtime of runtimes) rows.push(simd(dtype, runtime));
}
// The reference has no such scheme: its own is timed, and no pixel is compared.
rows.push(row("float64, no energies, ipol", "float64", ipol, 1));
await measureAll(import.meta.dirname, reference, rows, { trial, size: [size, size], iterations });
for (const runtime of runtimes) await runtime.close();
