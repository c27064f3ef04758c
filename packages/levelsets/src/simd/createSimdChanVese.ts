import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, ShapeError, StateError, toContiguous, zeros } from "@ddl/core";
import type { Runtime } from "@ddl/simd";
import { sharedRuntime } from "@ddl/simd";
import type { NdArray } from "ndarray";
import { chanVeseImage, rescaleToUnit } from "../chanVese/chanVeseImage.js";
import { solverOptions } from "../chanVese/createChanVese.js";
import { initialLevelSet } from "../chanVese/initialLevelSet.js";
import type { ChanVeseParameters, ChanVeseSolverOptions } from "../chanVese/options.js";
import { regionMeans } from "../chanVese/regionMeans.js";
import { kernelsOf } from "./kernels.js";
import { paddedStride, padRows, unpadRows } from "./paddedRows.js";

/** Parameters of a {@link SimdChanVeseSolver} that may be changed between steps. */
export type SimdChanVeseParameters = Omit<ChanVeseParameters, "energies">;

/** Options of {@link createSimdChanVese}. */
export interface SimdChanVeseSolverOptions extends Omit<ChanVeseSolverOptions, "energies" | "scheme"> {
  /** Where the kernels run. Default: the thread's shared runtime, with one thread a processor. */
  runtime?: Runtime;
}

/** Chan–Vese in steps, in the memory of a runtime. */
export interface SimdChanVeseSolver {
  /** Read anew, and checked, by each `step`. */
  readonly options: SimdChanVeseParameters;
  readonly iterations: number;
  /** Root mean square change of φ in the last iteration; Infinity before the first. */
  readonly change: number;
  /** The change fell to the tolerance. */
  readonly converged: boolean;
  /** A copy of the level set, positive inside. */
  phi(): NdArray<Float32Array>;
  /** A new array, 1 where φ > 0. */
  mask(): NdArray<Uint8Array>;
  /** Run exactly this many iterations, converged or not. */
  step(iterations?: number): void;
  /** Gives the memory back; the solver cannot be used afterwards. */
  dispose(): void;
}

const names = ["mu", "nu", "lambda1", "lambda2", "tolerance", "dt", "spacing", "channelAxis", "initial"] as const;
export const simdChanVeseOptionNames: readonly (keyof SimdChanVeseSolverOptions)[] = [...names, "runtime"];

/** Rows of a chunk, as in assembly.ts. */
const rowsOfChunk = 16;

/**
 * `createChanVese` of a float32 image in two dimensions on WebAssembly SIMD and threads: the same φ, to the bit. Scheme `skimage`,
 * without energies.
 *
 * @param image (rows, columns), or with `channelAxis` one axis more; finite; computed in float32 whatever its type; copied
 * @throws as `createChanVese`; BackendError where there is no WebAssembly SIMD; OutOfMemoryError
 * @example
 * ```ts
 * const solver = await createSimdChanVese(image, { mu: 0.1 });
 * solver.step(50);
 * const mask = solver.mask();
 * solver.dispose();
 * ```
 *
 * Memory in the runtime: the image and φ twice, in float32. The number of threads does not change a bit of the result.
 */
export function createSimdChanVese(
  image: NdArray<AnyArray>,
  options: SimdChanVeseSolverOptions = {},
): Promise<SimdChanVeseSolver> {
  return createSolver(
    "createSimdChanVese",
    image,
    expectOptions("createSimdChanVese", options, simdChanVeseOptionNames),
  );
}

export async function createSolver(
  name: string,
  image: NdArray<AnyArray>,
  { runtime: given, ...rest }: SimdChanVeseSolverOptions,
): Promise<SimdChanVeseSolver> {
  const { channelAxis, spacing, initial = "checkerboard" } = rest;
  const options: SimdChanVeseParameters = solverOptions(name, { ...rest, energies: false });
  const single = image.data instanceof Float32Array ? image : toContiguous(image, Float32Array);
  const f = chanVeseImage(name, single as NdArray<AnyArray>, { channelAxis, spacing });
  if (f.volume) {
    const expected = "have two axes beside its channels";
    throw new ShapeError({ functionName: name, argument: "image", expected, received: image.shape });
  }
  const start = initialLevelSet(name, f, initial) as Float32Array;
  rescaleToUnit(f.values);
  const { rows, columns, channels } = f;
  const first = regionMeans(f, start, false);
  const runtime = given ?? (await sharedRuntime());
  const { chanVeseFloat32 } = await kernelsOf(runtime);

  const stride = paddedStride(columns);
  const plane = rows * stride;
  const chunks = Math.ceil(rows / rowsOfChunk);
  const perChunk = 2 + channels;
  const { heap } = runtime;
  const held: number[] = [];
  const allocate = (bytes: number): number => {
    try {
      held.push(heap.allocate(bytes));
    } catch (error) {
      for (const pointer of held) heap.free(pointer);
      throw error;
    }
    return held.at(-1)!;
  };
  const pixels = allocate(4 * plane * channels);
  let phi = allocate(4 * plane);
  let next = allocate(4 * plane);
  const settings = allocate(4 * (11 + 2 * channels));
  const results = allocate(8 * chunks * perChunk);
  for (let c = 0; c < channels; c++) {
    const values = f.values.subarray(c * rows * columns, (c + 1) * rows * columns) as Float32Array;
    padRows(values, columns, heap.f32(pixels + 4 * c * plane, plane));
  }
  padRows(start, columns, heap.f32(phi, plane));
  heap.f32(next, plane).fill(0);

  // The sum over all pixels of each channel: what is not inside is outside.
  const totals = new Float64Array(channels);
  for (let i = 0; i < f.values.length; i++) totals[Math.floor(i / (rows * columns))]! += f.values[i]!;
  const n = rows * columns;
  const { inside, outside } = first;
  let iterations = 0;
  let change = Number.POSITIVE_INFINITY;
  let disposed = false;
  const expectLive = (functionName: string): void => {
    if (disposed) throw new StateError(`${functionName}: the solver must not be disposed of.`);
  };
  const [gy, gx] = [Math.fround(1 / f.spacing[1]), Math.fround(1 / f.spacing[2])];

  const iterate = (): void => {
    const { mu, nu, lambda1, lambda2, dt } = options;
    const numbers = heap.f32(settings, 11 + 2 * channels);
    numbers.set([mu, dt, mu * dt, gy, gx, gy * gy, gx * gx, -nu, lambda1, lambda2, 1 / channels]);
    for (let c = 0; c < channels; c++) numbers.set([inside[c]!, outside[c]!], 11 + 2 * c);
    const words = [pixels, phi, next, settings, results, rows, columns, stride, channels];
    runtime.parallelFor(chanVeseFloat32, chunks, words);
    [phi, next] = [next, phi];
    const sums = new Float64Array(heap.u8(results, 1).buffer, results, chunks * perChunk);
    let squares = 0;
    let count = 0;
    inside.fill(0);
    for (let at = 0; at < sums.length; at += perChunk) {
      squares += sums[at]!;
      count += sums[at + 1]!;
      for (let c = 0; c < channels; c++) inside[c]! += sums[at + 2 + c]!;
    }
    for (let c = 0; c < channels; c++) {
      outside[c] = count === n ? 0 : (totals[c]! - inside[c]!) / (n - count);
      inside[c] = count === 0 ? 0 : inside[c]! / count;
    }
    change = Math.sqrt(squares / n);
    iterations++;
  };

  const copy = (): NdArray<Float32Array> => {
    const result = zeros(Float32Array, [rows, columns]);
    unpadRows(heap.f32(phi, plane), columns, result.data);
    return result;
  };
  return {
    options,
    get iterations() {
      return iterations;
    },
    get change() {
      return change;
    },
    get converged() {
      return change <= options.tolerance;
    },
    phi() {
      expectLive("phi");
      return copy();
    },
    mask() {
      expectLive("mask");
      const mask = zeros(Uint8Array, [rows, columns]);
      const values = copy().data;
      for (let i = 0; i < n; i++) mask.data[i] = values[i]! > 0 ? 1 : 0;
      return mask;
    },
    step(count = 1) {
      expectNumber("step", "iterations", count, { integer: true, min: 0 });
      expectLive("step");
      solverOptions("step", { ...options, energies: false });
      for (let k = 0; k < count; k++) iterate();
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const pointer of held) heap.free(pointer);
    },
  };
}
