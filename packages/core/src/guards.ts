import type { NdArray } from "ndarray";
import { ArgumentError, RangeArgumentError, ShapeError } from "./errors.js";
import type { AnyArray } from "./layout.js";
import { elementCount, isContiguous, isNdarray } from "./layout.js";

/**
 * Checks that `options` is an object that holds no key outside `known`, and returns it.
 *
 * A misspelt option would otherwise be a default in silence.
 * @throws ArgumentError that lists the known options
 */
export function expectOptions<T extends object>(
  functionName: string,
  options: T,
  known: readonly (keyof T & string)[] = [],
): T {
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    throw new ArgumentError({ functionName, argument: "options", expected: "be an object", received: options });
  }
  for (const key of Object.keys(options)) {
    if (!(known as readonly string[]).includes(key)) {
      const expected = known.length === 0 ? "have no keys" : `have only the keys ${known.join(", ")}`;
      throw new ArgumentError({ functionName, argument: "options", expected, received: key });
    }
  }
  return options;
}

/** Checks that `array` is an ndarray of a rank in `rank`. @throws ArgumentError, ShapeError */
export function expectRank(
  functionName: string,
  argument: string,
  array: NdArray<AnyArray>,
  rank: number | readonly number[],
): void {
  const ranks = typeof rank === "number" ? [rank] : rank;
  if (!isNdarray(array)) {
    throw new ArgumentError({ functionName, argument, expected: "be an ndarray", received: array });
  }
  if (!ranks.includes(array.shape.length)) {
    throw new ShapeError({
      functionName,
      argument,
      expected: `have ${ranks.join(" or ")} ${ranks.join() === "1" ? "dimension" : "dimensions"}`,
      received: array.shape,
    });
  }
}

/** Checks the exact shape; `-1` stands for any length; `axes` names them in the message. @throws ArgumentError, ShapeError */
export function expectShape(
  functionName: string,
  argument: string,
  array: NdArray<AnyArray>,
  shape: readonly number[],
  axes?: string,
): void {
  if (!isNdarray(array)) {
    throw new ArgumentError({ functionName, argument, expected: "be an ndarray", received: array });
  }
  const fits = array.shape.length === shape.length && shape.every((n, k) => n === -1 || n === array.shape[k]);
  if (!fits) {
    const wanted = `[${shape.map((n) => (n === -1 ? "any" : n)).join(", ")}]`;
    const expected = `have shape ${wanted}${axes === undefined ? "" : ` (${axes})`}`;
    throw new ShapeError({ functionName, argument, expected, received: array.shape });
  }
}

/** Bounds of {@link expectNumber}; a bound that is left out does not exist. */
export interface NumberBounds {
  /** Smallest value allowed. */
  min?: number;
  /** Largest value allowed. */
  max?: number;
  /** The value must be greater than this. */
  above?: number;
  /** The value must be less than this. */
  below?: number;
  /** Only whole numbers that are exact in float64. */
  integer?: boolean;
}

/** Checks a finite number within bounds. @throws RangeArgumentError (also for a value that is no number) */
export function expectNumber(
  functionName: string,
  argument: string,
  value: unknown,
  bounds: NumberBounds = {},
): number {
  const { min, max, above, below, integer } = bounds as Required<NumberBounds>;
  // A comparison with a bound that is not there is false.
  const outside = (x: number): boolean => x < min || x > max || x <= above || x >= below;
  if (!(integer ? Number.isSafeInteger(value) : Number.isFinite(value)) || outside(value as number)) {
    const limits = Object.entries({ "≥": min, ">": above, "≤": max, "<": below })
      .filter(([, limit]) => limit !== undefined)
      .map((limit) => limit.join(" "))
      .join(" and ");
    const expected = `be ${integer ? "an integer" : "a finite number"}${limits && ` ${limits}`}`;
    throw new RangeArgumentError({ functionName, argument, expected, received: value });
  }
  return value as number;
}

/** Checks that a value is one of a list of literals. @throws ArgumentError */
export function expectOneOf<T extends string | number>(
  functionName: string,
  argument: string,
  value: unknown,
  allowed: readonly T[],
): T {
  if (!(allowed as readonly unknown[]).includes(value)) {
    const list = allowed.map((item) => JSON.stringify(item)).join(", ");
    throw new ArgumentError({ functionName, argument, expected: `be one of ${list}`, received: value });
  }
  return value as T;
}

/** Checks a boolean. @throws ArgumentError */
export function expectBoolean(functionName: string, argument: string, value: unknown): boolean {
  if (typeof value !== "boolean") {
    throw new ArgumentError({ functionName, argument, expected: "be true or false", received: value });
  }
  return value;
}

/** Checks a non-empty string. @throws ArgumentError */
export function expectString(functionName: string, argument: string, value: unknown): string {
  if (typeof value !== "string" || value === "") {
    throw new ArgumentError({ functionName, argument, expected: "be a non-empty string", received: value });
  }
  return value;
}

/**
 * Checks one positive finite length an axis and returns it; missing means 1 along every axis.
 * @throws ShapeError if the number of entries differs from `rank`; RangeArgumentError if one is not positive
 */
export function expectSpacing(
  functionName: string,
  spacing: readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (spacing === undefined) return new Array<number>(rank).fill(1);
  if (!Array.isArray(spacing) || spacing.length !== rank) {
    const expected = `have ${rank} ${rank === 1 ? "entry" : "entries"}, one an axis`;
    throw new ShapeError({ functionName, argument: "spacing", expected, received: spacing });
  }
  for (const value of spacing) expectNumber(functionName, "spacing", value, { above: 0 });
  return spacing;
}

/** True if that is seen at once: integers, or numbers in one piece; the search for the first other one is slower. */
function allFinite(array: NdArray<AnyArray>): boolean {
  const { data, offset } = array;
  if (Array.isArray(data)) return false;
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return true;
  if (!isContiguous(array)) return false;
  const end = offset + elementCount(array.shape);
  // Zero times a finite number is zero: no branch a number.
  let zero = 0;
  for (let i = offset; i < end; i++) zero += data[i]! * 0;
  return zero === 0;
}

/** Checks that an array holds no NaN and no infinity. @throws RangeArgumentError that names the first index */
export function expectFiniteValues(functionName: string, argument: string, array: NdArray<AnyArray>): void {
  const { data, shape, stride, offset } = array;
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  if (shape.includes(0) || allFinite(array)) return;
  for (;;) {
    let at = offset;
    for (let k = 0; k < rank; k++) at += index[k]! * stride[k]!;
    const value = data[at] as number;
    if (!Number.isFinite(value)) {
      const where = `contain only finite numbers`;
      const advice = `The first other value is at index [${index.join(", ")}].`;
      throw new RangeArgumentError({ functionName, argument, expected: where, received: value, advice });
    }
    let k = rank - 1;
    while (k >= 0 && ++index[k]! === shape[k]) index[k--] = 0;
    if (k < 0) return;
  }
}
