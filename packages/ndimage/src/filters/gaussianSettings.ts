import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOneOf, expectRank, RangeArgumentError, ShapeError } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { BorderMode } from "./border.js";
import { borderModes } from "./border.js";
import type { Border, HalfKernel } from "./correlateAxis.js";
import { gaussianKernel } from "./gaussianKernel.js";

/** Options of `gaussianFilter`. */
export interface GaussianFilterOptions {
  /** What lies outside the image. Default `nearest`, as scikit-image (scipy: `reflect`). */
  mode?: BorderMode;
  /** Value outside the image for mode `constant`. Default 0. */
  cval?: number;
  /** The kernel ends this many standard deviations from its centre, > 0. Default 4. */
  truncate?: number;
  /** Derivative of the Gaussian to filter with, an integer ≥ 0: one for all axes or one an axis. Default 0, smoothing. */
  order?: number | readonly number[];
}

/** Below this sigma a derivative's powers of 1/sigma² may leave the range of numbers. */
const smallestDerivative = 1e-9;
/** Kernels end at most this many pixels from their centre. */
const largestRadius = 1e6;

/** Checks what `gaussianFilter` takes beside its values. @returns the kernel of each axis, undefined where it is left alone */
export function filterSettings(
  functionName: string,
  array: NdArray<AnyArray>,
  sigma: number | readonly number[],
  { order = 0, truncate = 4, ...options }: GaussianFilterOptions,
  ranks?: readonly number[],
): { border: Border; kernels: (HalfKernel | undefined)[] } {
  const { border, sigmas } = commonSettings(functionName, array, sigma, { truncate, ...options }, ranks);
  const orders = expectOnePerAxis(functionName, "order", order, sigmas.length);
  for (const value of orders) expectNumber(functionName, "order", value, { integer: true, min: 0, max: 20 });
  const lost = orders.findIndex((value, k) => value > 0 && sigmas[k]! < smallestDerivative);
  if (lost >= 0) {
    throw new RangeArgumentError({
      functionName,
      argument: "sigma",
      expected: `be ≥ ${smallestDerivative} along axis ${lost}, which has order ${orders[lost]}`,
      received: sigmas[lost],
    });
  }
  const kernels = sigmas.map((value, axis) =>
    value <= 1e-15 ? undefined : gaussianKernel(value, orders[axis]!, truncate),
  );
  return { border, kernels };
}

/** Checks what `gaussianGradientMagnitude` takes beside its values. @returns both kernels of each axis */
export function gradientSettings(
  functionName: string,
  array: NdArray<AnyArray>,
  sigma: number | readonly number[],
  { truncate = 4, ...options }: Omit<GaussianFilterOptions, "order">,
  ranks?: readonly number[],
): { border: Border; smooth: HalfKernel[]; derive: HalfKernel[] } {
  const { border, sigmas } = commonSettings(functionName, array, sigma, { truncate, ...options }, ranks);
  for (const value of sigmas) expectNumber(functionName, "sigma", value, { min: smallestDerivative });
  const kernels = (order: number) => sigmas.map((value) => gaussianKernel(value, order, truncate));
  return { border, smooth: kernels(0), derive: kernels(1) };
}

function commonSettings(
  functionName: string,
  array: NdArray<AnyArray>,
  sigma: number | readonly number[],
  { mode = "nearest", cval = 0, truncate }: Omit<GaussianFilterOptions, "order"> & { truncate: number },
  ranks: readonly number[] = [1, 2, 3, 4],
): { border: Border; sigmas: readonly number[] } {
  expectRank(functionName, "array", array, ranks);
  expectOneOf(functionName, "mode", mode, borderModes);
  expectNumber(functionName, "cval", cval);
  expectNumber(functionName, "truncate", truncate, { above: 0 });
  const sigmas = expectOnePerAxis(functionName, "sigma", sigma, array.shape.length);
  for (const value of sigmas) {
    expectNumber(functionName, "sigma", value, { min: 0 });
    if (truncate * value > largestRadius) {
      expectNumber(functionName, "sigma", value, { min: 0, max: largestRadius / truncate });
    }
  }
  return { border: { mode, cval }, sigmas };
}

function expectOnePerAxis(
  functionName: string,
  argument: string,
  value: number | readonly number[],
  rank: number,
): readonly number[] {
  if (!Array.isArray(value)) return new Array<number>(rank).fill(value as number);
  if (value.length !== rank) {
    const expected = `have ${rank} ${rank === 1 ? "entry" : "entries"}, one an axis`;
    throw new ShapeError({ functionName, argument, expected, received: value });
  }
  return value;
}
