import type { AnyArray, NumericArray, NumericArrayConstructor } from "@ddl/core";
import { ArgumentError, elementCount, RangeArgumentError, ShapeError, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";

/** What a metric takes: an ndarray of any layout, `{ data, shape }` in C order, or a typed array as a single axis. */
export type ArrayInput = NdArray<AnyArray> | AnyArray | { readonly data: AnyArray; readonly shape: readonly number[] };

/** Elements in C order with their shape. */
export interface Values<T extends AnyArray = AnyArray> {
  data: T;
  shape: readonly number[];
}

/**
 * The elements of an argument in C order: without a copy where they lie so already in a typed array.
 * @param like the shape of the reference, if the argument must have it
 * @throws ArgumentError for anything that is no array; ShapeError for data that does not fill the shape, without elements, or of
 * another shape than `like`; RangeArgumentError for a NaN
 */
export function readValues(
  functionName: string,
  argument: string,
  array: ArrayInput,
  like?: readonly number[],
): Values<NumericArray> {
  const expectThat = (
    fits: boolean,
    expected: string,
    received: unknown,
    Kind: typeof ShapeError | typeof ArgumentError | typeof RangeArgumentError = ShapeError,
    advice = "",
  ): void => {
    if (!fits) throw new Kind({ functionName, argument, expected, received, advice });
  };
  // A list is its own data, on one axis.
  const { data = array, shape = [data?.length], stride, offset = 0 } = Object(array);
  const isList = Array.isArray(data) && data.every((value) => typeof value === "number");
  const list: NumericArray = isList ? Float64Array.from(data) : data;
  const isArray = ArrayBuffer.isView(list) && Array.isArray(shape) && typeof (list[0] ?? list.length) === "number";
  expectThat(isArray, "be an ndarray, a typed array or { data, shape }", array, ArgumentError);
  expectThat(!like || shape.join() === like.join(), `have the shape of reference, [${like?.join(", ")}]`, shape);
  const count = elementCount(shape);
  expectThat(count > 0, "have at least one element", shape);
  expectThat(stride || count === list.length, `have a shape of ${list.length} elements, as many as data`, shape);
  const whole = (stride: number[]): boolean =>
    stride.reduceRight((step, s, k) => (s === step ? step * shape[k] : Number.NaN), 1) === list.length;
  const values =
    !stride || whole(stride)
      ? list
      : toValues(
          { data: list, shape, stride, offset } as NdArray<NumericArray>,
          list.constructor as NumericArrayConstructor<NumericArray>,
        );
  // Only these can hold NaN. A loop, for which typed arrays' own `includes` takes ten times as long.
  if (values instanceof Float32Array || values instanceof Float64Array) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) {
        expectThat(false, "hold no NaN", Number.NaN, RangeArgumentError, `This is element ${i}.`);
      }
    }
  }
  return { data: values, shape };
}

/** Both arrays, which must have one shape. @throws as {@link readValues} */
export function readPair(
  functionName: string,
  reference: ArrayInput,
  prediction: ArrayInput,
): [Values<NumericArray>, Values<NumericArray>] {
  const r = readValues(functionName, "reference", reference);
  return [r, readValues(functionName, "prediction", prediction, r.shape)];
}
