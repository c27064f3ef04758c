import { expectBoolean, expectNumber, expectOptions, RangeArgumentError, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Options of {@link diskLevelSet}. */
export interface DiskLevelSetOptions {
  /** Half the radius. Default false. */
  small?: boolean;
}

/**
 * A level set of alternating squares of 5 pixels: sin(π·row/5)·sin(π·column/5), scikit-image's `checkerboard`.
 *
 * @param shape [rows, columns], each ≥ 1
 * @throws RangeArgumentError for a length below 1
 * @example `chanVese(image, { initial: checkerboardLevelSet([128, 96]) })`
 */
export function checkerboardLevelSet(shape: readonly [rows: number, columns: number]): NdArray<Float64Array> {
  expectSize("checkerboardLevelSet", shape);
  const [rows, columns] = shape;
  // π/5 is rounded once and then multiplied: on whole lines the sine is ±1e-16, and its sign decides the first means.
  const step = Math.PI / 5;
  const result = zeros(Float64Array, shape);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) result.data[i] = Math.sin(y * step) * Math.sin(x * step);
  }
  return result;
}

/**
 * A cone that is positive inside a disk about the image's centre: (R − distance)/R, R the distance from the centre to the nearest
 * edge; scikit-image's `disk`, or with `small` its `small disk`, (R/2 − distance)/(3R/2).
 *
 * @param shape [rows, columns], each ≥ 3
 * @throws RangeArgumentError for a length below 3, for which the radius is 0
 * @example `chanVese(image, { initial: diskLevelSet([128, 96], { small: true }) })`
 */
export function diskLevelSet(
  shape: readonly [rows: number, columns: number],
  options: DiskLevelSetOptions = {},
): NdArray<Float64Array> {
  const { small = false } = expectOptions("diskLevelSet", options, ["small"]);
  expectBoolean("diskLevelSet", "small", small);
  expectSize("diskLevelSet", shape);
  const [rows, columns] = shape;
  const centreRow = Math.floor((rows - 1) / 2);
  const centreColumn = Math.floor((columns - 1) / 2);
  const radius = Math.min(centreRow, centreColumn);
  if (radius === 0) {
    const expected = "have at least 3 rows and 3 columns";
    throw new RangeArgumentError({ functionName: "diskLevelSet", argument: "shape", expected, received: shape });
  }
  const result = zeros(Float64Array, shape);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const distance = Math.sqrt((y - centreRow) ** 2 + (x - centreColumn) ** 2);
      result.data[i] = small ? (radius / 2 - distance) / (radius * 1.5) : (radius - distance) / radius;
    }
  }
  return result;
}

function expectSize(functionName: string, shape: readonly number[]): void {
  for (const n of shape) expectNumber(functionName, "shape", n, { integer: true, min: 1 });
}
