import type { AnyArray } from "@ddl/core";
import { expectFiniteValues, expectRank, ShapeError } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Two or three axes of at least `least` pixels each, finite. */
export function expectFeatureImage(name: string, argument: string, image: NdArray<AnyArray>, least: number): void {
  expectRank(name, argument, image, [2, 3]);
  if (image.shape.some((n) => n < least)) {
    const expected = `have at least ${least} pixels along each axis`;
    throw new ShapeError({ functionName: name, argument, expected, received: image.shape });
  }
  expectFiniteValues(name, argument, image);
}
