import { ArgumentError, RangeArgumentError, ShapeError } from "@ddl/core";

/** Numbers as float64. @throws ArgumentError, ShapeError for fewer than `minimum`, RangeArgumentError for a NaN or an infinity */
export function expectSample(
  functionName: string,
  argument: string,
  values: ArrayLike<number>,
  minimum: number,
): Float64Array {
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
    throw new ArgumentError({ functionName, argument, expected: "be an array of numbers", received: values });
  }
  const { length } = values as ArrayLike<number>;
  if (length < minimum) {
    const expected = `have at least ${minimum} ${minimum === 1 ? "value" : "values"}`;
    throw new ShapeError({ functionName, argument, expected, received: length });
  }
  for (let i = 0; i < length; i++) {
    if (Number.isFinite(values[i])) continue;
    const advice = `This is element ${i}.`;
    const expected = "hold only finite numbers";
    throw new RangeArgumentError({ functionName, argument, expected, received: values[i], advice });
  }
  return Float64Array.from(values);
}

/** Two samples of one length. @throws as {@link expectSample} */
export function expectPairs(
  functionName: string,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  minimum: number,
): [Float64Array, Float64Array] {
  const pair: [Float64Array, Float64Array] = [
    expectSample(functionName, "x", x, minimum),
    expectSample(functionName, "y", y, minimum),
  ];
  if (pair[0].length !== pair[1].length) {
    const expected = `have ${pair[0].length} values, as many as x`;
    throw new ShapeError({ functionName, argument: "y", expected, received: pair[1].length });
  }
  return pair;
}
