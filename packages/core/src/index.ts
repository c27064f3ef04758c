export { toContiguous, toMask, zeros } from "./arrays.js";
export type { ArgumentErrorParts, DdlErrorCode, DdlErrorParts, OutOfMemoryParts } from "./errors.js";
export {
  ArgumentError,
  BackendError,
  DataError,
  DdlError,
  DtypeError,
  describe,
  isDdlError,
  OutOfMemoryError,
  RangeArgumentError,
  ShapeError,
  StateError,
} from "./errors.js";
export type { NumberBounds } from "./guards.js";
export {
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  expectSpacing,
  expectString,
} from "./guards.js";
export type { AnyArray, FloatArray, IntegerArray, NumericArray, NumericArrayConstructor } from "./layout.js";
export { borrowValues, elementCount, isContiguous, isNdarray, toValues } from "./layout.js";
export type { Cancellable } from "./progress.js";
export { throwIfAborted } from "./progress.js";
export type { RandomState } from "./random.js";
export { Random } from "./random.js";
export { yieldToEventLoop } from "./yielding.js";
