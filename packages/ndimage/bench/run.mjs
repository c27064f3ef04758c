// Times @ddl/ndimage (built) against scipy and scikit-image, both sides in turn: node packages/ndimage/bench/run.mjs [--trial]
import { join } from "node:path";
import { distanceTransformEdt, gaussianFilter, label, randomWalker, watershed } from "@ddl/ndimage";
import { simdGaussianFilter } from "@ddl/ndimage/simd";
import { createRuntime } from "@ddl/simd";
import ndarray from "ndarray";
import { measureAll, startReference } from "../../../scripts/bench/comparison.mjs";

const trial = process.argv.includes("--trial");
const size = 512;
const reference = await startReference(join(import.meta.dirname, "reference.py"), size);
const load = (name, storage) => ndarray(reference.read(name, storage), [size, size]);
const image = load("image", Float64Array);
const blobs = load("blobs", Uint8Array);
const one = load("one", Uint8Array);
const edges = load("edges", Float64Array);
const two = load("two", Int32Array);
const seeds = load("seeds", Int32Array);

const runtimes = [await createRuntime({ threads: 1 }), await createRuntime({ threads: 2 })];

const rows = [
  { title: "distanceTransformEdt, blobs", job: "edtBlobs", run: () => distanceTransformEdt(blobs) },
  { title: "distanceTransformEdt, one zero", job: "edtOneZero", run: () => distanceTransformEdt(one) },
  { title: "label, blobs", job: "label", storage: Int32Array, run: () => label(blobs).labels },
  {
    title: "watershed of the Sobel image, two markers",
    job: "watershed",
    storage: Int32Array,
    run: () => watershed(edges, two),
  },
  {
    title: "gaussianFilter, σ 2",
    job: "gaussianFilter",
    tolerance: 1e-13,
    run: () => gaussianFilter(image, 2, { mode: "reflect" }),
  },
  ...runtimes.map((runtime) => ({
    title: `gaussianFilter on SIMD, threads: ${runtime.threads}, σ 2`,
    job: "gaussianFilter",
    tolerance: 1e-13,
    run: () => simdGaussianFilter(image, 2, { mode: "reflect", runtime }),
  })),
  {
    title: "randomWalker, two labels, tolerance 1e-3, multigrid",
    job: "randomWalker",
    storage: Int32Array,
    differing: 0.02,
    slow: true,
    run: () => randomWalker(image, seeds).labels,
  },
  {
    title: "randomWalker, two labels, tolerance 1e-3, jacobi",
    job: "randomWalker",
    storage: Int32Array,
    slow: true,
    run: () => randomWalker(image, seeds, { preconditioner: "jacobi" }).labels,
  },
];

await measureAll(import.meta.dirname, reference, rows, { trial, size: [size, size] });
for (const runtime of runtimes) await runtime.close();
