import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOneOf, expectOptions, ShapeError, StateError, toContiguous, zeros } from "@ddl/core";
import type { Runtime } from "@ddl/simd";
import { sharedRuntime } from "@ddl/simd";
import type { NdArray } from "ndarray";
import type { ChanVeseImage } from "../chanVese/chanVeseImage.js";
import { chanVeseImage, rescaleToUnit } from "../chanVese/chanVeseImage.js";
import { solverOptions } from "../chanVese/createChanVese.js";
import { initialLevelSet } from "../chanVese/initialLevelSet.js";
import type { ChanVeseParameters, ChanVeseSolverOptions } from "../chanVese/options.js";
import { createFloat32Sweep } from "./float32Sweep.js";
import { createFloat64Sweep } from "./float64Sweep.js";
import { kernelsOf } from "./kernels.js";
import type { SimdSetting, SimdSweep } from "./simdSweep.js";

/** What φ is computed and kept in. */
export type SimdChanVeseType = "float32" | "float64";

/** Values of φ of a type. */
export type SimdChanVeseValues<Type extends SimdChanVeseType> = Type extends "float32" ? Float32Array : Float64Array;

type SimdStorage<Type extends SimdChanVeseType> = new (length: number) => SimdChanVeseValues<Type>;

/** Parameters of a {@link SimdChanVeseSolver} that may be changed between steps. */
export type SimdChanVeseParameters = Omit<ChanVeseParameters, "energies">;

/** Options of {@link createSimdChanVese}. */
export interface SimdChanVeseSolverOptions<Type extends SimdChanVeseType = SimdChanVeseType>
  extends Omit<ChanVeseSolverOptions, "energies" | "scheme"> {
  /** What is computed in, whatever the image's type: `float32` (default; images only) or `float64` (also volumes), half as fast. */
  dtype?: Type;
  /** Where the kernels run. Default: the thread's shared runtime, with one thread a processor. */
  runtime?: Runtime;
}

/** Chan–Vese in steps, in the memory of a runtime. */
export interface SimdChanVeseSolver<Type extends SimdChanVeseType = "float32"> {
  /** Read anew, and checked, by each `step`. */
  readonly options: SimdChanVeseParameters;
  readonly iterations: number;
  /** Root mean square change of φ in the last iteration; Infinity before the first. */
  readonly change: number;
  /** The change fell to the tolerance. */
  readonly converged: boolean;
  /** A copy of the level set, positive inside. */
  phi(): NdArray<SimdChanVeseValues<Type>>;
  /** A new array, 1 where φ > 0. */
  mask(): NdArray<Uint8Array>;
  /** Run exactly this many iterations, converged or not. */
  step(iterations?: number): void;
  /** Gives the memory back; the solver cannot be used afterwards. */
  dispose(): void;
}

const names = [
  "mu",
  "nu",
  "lambda1",
  "lambda2",
  "tolerance",
  "dt",
  "spacing",
  "channelAxis",
  "initial",
  "dtype",
] as const;
export const simdChanVeseOptionNames: readonly (keyof SimdChanVeseSolverOptions)[] = [...names, "runtime"];

/**
 * `createChanVese` on WebAssembly SIMD and threads: of a float32 image in two dimensions, or with `dtype: "float64"` of an image or a
 * volume in float64. The same φ, to the bit. Scheme `skimage`, without energies.
 *
 * @param image (rows, columns), for `float64` also (planes, rows, columns), with `channelAxis` one axis more; finite; copied
 * @throws as `createChanVese`; BackendError where there is no WebAssembly SIMD; OutOfMemoryError
 * @example
 * ```ts
 * const solver = await createSimdChanVese(image, { mu: 0.1 });
 * solver.step(50);
 * const mask = solver.mask();
 * solver.dispose();
 * ```
 *
 * Memory in the runtime: the image and φ twice, in the type. The number of threads does not change a bit of the result.
 */
export function createSimdChanVese<Type extends SimdChanVeseType = "float32">(
  image: NdArray<AnyArray>,
  options: SimdChanVeseSolverOptions<Type> = {},
): Promise<SimdChanVeseSolver<Type>> {
  return createSolver(
    "createSimdChanVese",
    image,
    expectOptions("createSimdChanVese", options, simdChanVeseOptionNames),
  );
}

export async function createSolver<Type extends SimdChanVeseType>(
  name: string,
  image: NdArray<AnyArray>,
  { runtime: given, dtype: type, ...rest }: SimdChanVeseSolverOptions<Type>,
): Promise<SimdChanVeseSolver<Type>> {
  const { channelAxis, spacing, initial = "checkerboard" } = rest;
  const dtype = type ?? "float32";
  expectOneOf(name, "dtype", dtype, ["float32", "float64"]);
  const options: SimdChanVeseParameters = solverOptions(name, { ...rest, energies: false });
  const Storage = (dtype === "float32" ? Float32Array : Float64Array) as unknown as SimdStorage<Type>;
  const typed = image.data instanceof Storage ? image : toContiguous(image, Storage);
  const f = chanVeseImage(name, typed as NdArray<AnyArray>, { channelAxis, spacing });
  if (f.volume && dtype === "float32") {
    const expected = 'have two axes beside its channels where dtype is "float32"';
    throw new ShapeError({ functionName: name, argument: "image", expected, received: image.shape });
  }
  const start = initialLevelSet(name, f, initial) as SimdChanVeseValues<Type>;
  rescaleToUnit(f.values);
  const runtime = given ?? (await sharedRuntime());
  const kernels = await kernelsOf(runtime);
  const { heap } = runtime;
  const held: number[] = [];
  const allocate = (bytes: number): number => {
    held.push(heap.allocate(bytes));
    return held.at(-1)!;
  };
  const free = (): void => {
    for (const pointer of held.splice(0)) heap.free(pointer);
  };
  // One of the two, by dtype, of which the compiler cannot know that it decides the arrays' type too.
  const create = (dtype === "float32" ? createFloat32Sweep : createFloat64Sweep) as unknown as (
    setting: SimdSetting<SimdChanVeseValues<Type>>,
  ) => SimdSweep<SimdChanVeseValues<Type>>;
  let sweep: SimdSweep<SimdChanVeseValues<Type>>;
  try {
    sweep = create({ runtime, kernels, allocate, image: f as ChanVeseImage<SimdChanVeseValues<Type>>, start });
  } catch (error) {
    free();
    throw error;
  }
  let iterations = 0;
  let change = Number.POSITIVE_INFINITY;
  let disposed = false;
  const expectLive = (functionName: string): void => {
    if (disposed) throw new StateError(`${functionName}: the solver must not be disposed of.`);
  };
  const copy = (): NdArray<SimdChanVeseValues<Type>> => {
    const result = zeros(Storage, f.shape);
    sweep.read(result.data);
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
      const mask = zeros(Uint8Array, f.shape);
      const values = copy().data;
      for (let i = 0; i < values.length; i++) mask.data[i] = values[i]! > 0 ? 1 : 0;
      return mask;
    },
    step(count = 1) {
      expectNumber("step", "iterations", count, { integer: true, min: 0 });
      expectLive("step");
      solverOptions("step", { ...options, energies: false });
      for (let k = 0; k < count; k++, iterations++) change = sweep.iterate(options);
    },
    dispose() {
      disposed = true;
      free();
    },
  };
}
