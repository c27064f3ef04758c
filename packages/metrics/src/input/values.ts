import type { AnyArray, NumericArray, NumericArrayConstructor } from "@ddl/core";
import { ArgumentError, elementCount, isContiguous, isNdarray, ShapeError, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";

/** What a metric takes: an ndarray of any layout, `{ data, shape }` in C order, or a typed array as a single axis. */
export type ArrayInput = NdArray<AnyArray> | AnyArray | { readonly data: AnyArray; readonly shape: readonly number[] };

/** Elements in C order with their shape. */
export interface Values<T extends AnyArray = AnyArray> {
  data: T;
  shape: readonly number[];
}

/**
 * The elements of an argument in C order: without a copy where they lie so already.
 * @throws ArgumentError for anything that is no array; ShapeError for data that does not fill the shape, or without elements
 */
export function readValues(functionName: string, argument: string, array: ArrayInput): Values {
  const { data, shape } = isNdarray(array) ? fromNdarray(array) : plainValues(functionName, argument, array);
  if (data.length === 0) {
    throw new ShapeError({ functionName, argument, expected: "have at least one element", received: shape });
  }
  return { data, shape };
}

/** Both arrays, which must have one shape. @throws as {@link readValues}; ShapeError */
export function readPair(functionName: string, reference: ArrayInput, prediction: ArrayInput): [Values, Values] {
  const r = readValues(functionName, "reference", reference);
  const p = readValues(functionName, "prediction", prediction);
  if (r.shape.join() !== p.shape.join()) {
    const expected = `have the shape of reference, [${r.shape.join(", ")}]`;
    throw new ShapeError({ functionName, argument: "prediction", expected, received: p.shape });
  }
  return [r, p];
}

function fromNdarray(array: NdArray<AnyArray>): Values {
  const { data, shape, offset } = array;
  const count = elementCount(shape);
  if (isContiguous(array)) {
    const whole = offset === 0 && data.length === count;
    return { data: whole ? data : (data as NumericArray).slice(offset, offset + count), shape };
  }
  const storage = Array.isArray(data) ? Float64Array : (data.constructor as NumericArrayConstructor<NumericArray>);
  return { data: toValues(array, storage), shape };
}

function plainValues(
  functionName: string,
  argument: string,
  array: AnyArray | { readonly data: AnyArray; readonly shape: readonly number[] },
): Values {
  const isList = (value: unknown) => Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
  const values = isList(array) ? { data: array as AnyArray, shape: [(array as AnyArray).length] } : (array as Values);
  if (!isList(values?.data) || !Array.isArray(values.shape) || typeof (values.data[0] ?? 0) !== "number") {
    const expected = "be an ndarray, a typed array or { data, shape }";
    throw new ArgumentError({ functionName, argument, expected, received: array });
  }
  if (elementCount(values.shape) !== values.data.length) {
    const expected = `have a shape of ${values.data.length} elements, as many as data`;
    throw new ShapeError({ functionName, argument, expected, received: values.shape });
  }
  return values;
}
