import type { AnyArray } from "@ddl/core";
import {
  ArgumentError,
  expectFiniteValues,
  expectNumber,
  expectShape,
  isNdarray,
  ShapeError,
  toContiguous,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";

/** What every solver's state holds. */
interface SavedLevelSet {
  phi: number[];
  shape: number[];
  iterations: number;
}

/** Checks that an image has elements. @throws ShapeError */
export function expectElements(name: string, image: NdArray<AnyArray>): void {
  if (!image.shape.includes(0)) return;
  throw new ShapeError({ functionName: name, argument: "image", expected: "have elements", received: image.shape });
}

/** The defaults, overwritten by what is given and not undefined. */
export function withDefaults<T extends object>(defaults: T, given: { [K in keyof T]?: T[K] | undefined }): T {
  const result = { ...defaults };
  for (const key of Object.keys(given) as (keyof T)[])
    if (given[key] !== undefined) result[key] = given[key] as T[keyof T];
  return result;
}

/** A copy of the level set to begin from: of the state, else of an array, else made by name. @throws DdlError */
export function startLevelSet<Name extends string>(
  name: string,
  shape: readonly number[],
  named: Record<Name, () => NdArray<Float64Array>>,
  initial: Name | NdArray<AnyArray>,
  state: SavedLevelSet | undefined,
): NdArray<Float64Array> {
  if (state !== undefined) {
    const saved = ndarray(Float64Array.from(state.phi), state.shape);
    expectShape(name, "state", saved, shape);
    expectFiniteValues(name, "state", saved);
    expectNumber(name, "state.iterations", state.iterations, { integer: true, min: 0 });
    return saved;
  }
  if (isNdarray(initial)) {
    expectShape(name, "initial", initial, shape);
    expectFiniteValues(name, "initial", initial);
    return toContiguous(initial, Float64Array);
  }
  if (Object.hasOwn(named, initial)) return named[initial]();
  const names = Object.keys(named).map((key) => JSON.stringify(key));
  const expected = `be ${names.join(", ")} or an ndarray`;
  throw new ArgumentError({ functionName: name, argument: "initial", expected, received: initial });
}
