import type { AnyArray } from "@ddl/core";
import { ArgumentError, expectFiniteValues, expectShape, isNdarray, RangeArgumentError, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { ChanVeseImage } from "./chanVeseImage.js";
import type { ChanVeseOptions } from "./options.js";

/**
 * Values of φ to begin with, of the image's kind of float: an array's, or by name scikit-image's in two dimensions, in three a
 * product of three sines and a ball. Pixels count, not spacing.
 * @throws ArgumentError for another name; ShapeError, RangeArgumentError for an array or a size that does not do
 */
export function initialLevelSet(
  name: string,
  image: ChanVeseImage,
  initial: NonNullable<ChanVeseOptions["initial"]> | NdArray<AnyArray>,
): Float32Array | Float64Array {
  const single = image.values instanceof Float32Array;
  if (isNdarray(initial)) {
    expectShape(name, "initial", initial, image.shape);
    expectFiniteValues(name, "initial", initial);
    return single ? toValues(initial, Float32Array) : toValues(initial, Float64Array);
  }
  if (initial === "checkerboard") return checkerboard(image, single);
  if (initial !== "disk" && initial !== "small disk") {
    const expected = 'be "checkerboard", "disk", "small disk" or an ndarray';
    throw new ArgumentError({ functionName: name, argument: "initial", expected, received: initial });
  }
  const cone = disk(name, image, initial === "small disk");
  return single ? Float32Array.from(cone) : cone;
}

function checkerboard({ shape, planes, rows, columns, volume }: ChanVeseImage, single: boolean) {
  // π/5 is rounded once and then multiplied: on whole lines the sine is ±1e-16, and its sign decides the first means.
  const round = single ? Math.fround : (value: number): number => value;
  const step = round(Math.PI / 5);
  const sine = Array.from({ length: Math.max(...shape) }, (_, k) => round(Math.sin(round(k * step))));
  const result = single ? new Float32Array(planes * rows * columns) : new Float64Array(planes * rows * columns);
  for (let z = 0, i = 0; z < planes; z++) {
    for (let y = 0; y < rows; y++) {
      const line = volume ? round(sine[z]! * sine[y]!) : sine[y]!;
      for (let x = 0; x < columns; x++, i++) result[i] = line * sine[x]!;
    }
  }
  return result;
}

function disk(name: string, { shape, planes, rows, columns }: ChanVeseImage, small: boolean): Float64Array {
  const centre = shape.map((n) => Math.floor((n - 1) / 2));
  const radius = Math.min(...centre);
  if (radius === 0) {
    const expected = "have at least 3 pixels along each axis for a disk";
    throw new RangeArgumentError({ functionName: name, argument: "image", expected, received: shape });
  }
  const [cz, cy, cx] = [0, ...centre].slice(-3) as [number, number, number];
  const result = new Float64Array(planes * rows * columns);
  for (let z = 0, i = 0; z < planes; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, i++) {
        const distance = Math.sqrt((z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2);
        result[i] = small ? (radius / 2 - distance) / (radius * 1.5) : (radius - distance) / radius;
      }
    }
  }
  return result;
}
