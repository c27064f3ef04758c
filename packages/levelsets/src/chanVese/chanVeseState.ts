import { expectFiniteValues, expectNumber, RangeArgumentError, ShapeError } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import type { ChanVeseState } from "./options.js";

/**
 * Checks a state, which may come out of a file.
 * @throws ShapeError, RangeArgumentError
 */
export function restoreChanVese(
  functionName: string,
  { phi, shape, iterations, change, energies }: ChanVeseState,
  expectedShape: readonly number[],
): { phi: NdArray<Float64Array>; iterations: number; change: number; energies: number[] } {
  const stated = Array.isArray(shape) ? shape : [];
  const wanted = expectedShape.reduce((product, n) => product * n, 1);
  if (stated.length !== expectedShape.length || expectedShape.some((n, k) => n !== stated[k])) {
    const expected = `have shape [${expectedShape.join(", ")}]`;
    throw new ShapeError({ functionName, argument: "state", expected, received: shape });
  }
  if (!Array.isArray(phi) || phi.length !== wanted) {
    const received = Array.isArray(phi) ? phi.length : phi;
    throw new ShapeError({ functionName, argument: "state.phi", expected: `have ${wanted} values`, received });
  }
  const array = ndarray(
    Float64Array.from(phi, (value) => (typeof value === "number" ? value : Number.NaN)),
    [...stated],
  );
  expectFiniteValues(functionName, "state.phi", array);
  expectNumber(functionName, "state.iterations", iterations, { integer: true, min: 0 });
  if (change !== null) expectNumber(functionName, "state.change", change, { min: 0 });
  if (!Array.isArray(energies) || !energies.every(Number.isFinite)) {
    const expected = "be an array of finite numbers";
    throw new RangeArgumentError({ functionName, argument: "state.energies", expected, received: energies });
  }
  return { phi: array, iterations, change: change ?? Number.POSITIVE_INFINITY, energies: [...energies] };
}
