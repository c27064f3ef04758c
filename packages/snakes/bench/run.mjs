// Times @ddl/snakes (built) against scikit-image, both sides in turn: node packages/snakes/bench/run.mjs [--trial]
// [--rival folder]: also against the rewrite of scikit-image's pull request 4175, which README.md says how to build.
import { join } from "node:path";
import { createRuntime } from "@ddl/simd";
import { inverseGaussianGradient, morphologicalChanVese, morphologicalGeodesicActiveContour } from "@ddl/snakes";
import { simdInverseGaussianGradient } from "@ddl/snakes/simd";
import ndarray from "ndarray";
import { measureAll, startReference } from "../../../scripts/bench/comparison.mjs";

const trial = process.argv.includes("--trial");
const iterations = 40; // even: the reference's operators are then where they were
const rivalAt = process.argv.indexOf("--rival");
const rival = rivalAt < 0 ? undefined : process.argv[rivalAt + 1];
const script = join(import.meta.dirname, "reference.py");
const reference = await startReference(script, iterations, ...(rival === undefined ? [] : [rival]));
const load = (name, shape) => ndarray(reference.read(name, Float64Array), shape);
const image = load("image", [512, 512]);
const edges = load("edges", [512, 512]);
const volume = load("volume", [64, 64, 64]);

// As in scikit-image's gallery.
const frame = ndarray(new Uint8Array(512 * 512), [512, 512]);
for (let y = 10; y < 502; y++) frame.data.fill(1, 512 * y + 10, 512 * y + 502);

const runtimes = [await createRuntime({ threads: 1 }), await createRuntime({ threads: 2 })];

// Iterations with all that a call does before them.
const common = { iterations, storage: Uint8Array, slowReference: true };
const rows = [
  {
    ...common,
    title: "morphologicalChanVese, 512 × 512, an iteration of smoothing 1",
    job: "chanVese",
    run: () => morphologicalChanVese(image, iterations).mask,
  },
  {
    ...common,
    title: "morphologicalChanVese, 64 × 64 × 64, an iteration of smoothing 1",
    job: "chanVeseVolume",
    run: () => morphologicalChanVese(volume, iterations).mask,
  },
  {
    ...common,
    title: "morphologicalGeodesicActiveContour, 512 × 512, balloon 1, an iteration of smoothing 1",
    job: "geodesic",
    run: () => morphologicalGeodesicActiveContour(edges, iterations, { balloon: 1 }).mask,
  },
  {
    ...common,
    iterations: 230,
    title: "morphologicalGeodesicActiveContour, 512 × 512, from a frame inwards, an iteration of 230",
    job: "geodesicLong",
    run: () => morphologicalGeodesicActiveContour(edges, 230, { initial: frame, balloon: -1, threshold: 0.5 }).mask,
  },
  {
    title: "inverseGaussianGradient, 512 × 512, σ 5",
    job: "inverseGaussianGradient",
    tolerance: 1e-13,
    run: () => inverseGaussianGradient(image),
  },
  ...runtimes.map((runtime) => ({
    title: `inverseGaussianGradient on SIMD, threads: ${runtime.threads}, 512 × 512, σ 5`,
    job: "inverseGaussianGradient",
    tolerance: 1e-13,
    run: () => simdInverseGaussianGradient(image, { runtime }),
  })),
];

if (rival !== undefined) {
  rows.push(
    {
      ...common,
      title: "morphologicalChanVese, 512 × 512, an iteration, against scikit-image's pull request 4175",
      job: "rival",
      run: () => morphologicalChanVese(image, iterations).mask,
    },
    {
      ...common,
      title: "morphologicalChanVese, 64 × 64 × 64, an iteration, against scikit-image's pull request 4175",
      job: "rivalVolume",
      differing: 0.1, // its operators in 3-D are others than scikit-image's
      run: () => morphologicalChanVese(volume, iterations).mask,
    },
  );
}
await measureAll(import.meta.dirname, reference, rows, { trial });
for (const runtime of runtimes) await runtime.close();
