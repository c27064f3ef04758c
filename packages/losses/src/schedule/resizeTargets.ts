import { expectNumber, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { cast, gather, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { expectImage } from "../boundary/classes.js";

/**
 * Targets of another size by nearest neighbour: along each spatial axis pixel i is pixel ⌊(i + ½)·in/out⌋, so that labels are never mixed.
 *
 * This is the rule that torch calls "nearest-exact", in whole numbers. float32 and int32 keep their dtype, bool becomes float32.
 *
 * @param yTrue (batch, …, classes), three to five axes
 * @param size length of each spatial axis
 * @returns (batch, …size, classes), a new tensor
 * @throws ShapeError for other ranks, an empty axis, or a size of another length; RangeArgumentError for a size that is no integer ≥ 1
 * @example `resizeTargets(masks, [64, 48])`
 */
export function resizeTargets(yTrue: Tensor, size: readonly number[]): Tensor {
  const name = "resizeTargets";
  expectImage(name, "yTrue", yTrue);
  const space = yTrue.shape.slice(1, -1);
  if (!Array.isArray(size) || size.length !== space.length) {
    const expected = `have ${space.length} ${space.length === 1 ? "entry" : "entries"}, one a spatial axis of yTrue`;
    throw new ShapeError({ functionName: name, argument: "size", expected, received: size });
  }
  for (const length of size) expectNumber(name, "size", length, { integer: true, min: 1 });
  return tidy(() => {
    let result = yTrue.dtype === "bool" ? cast(yTrue, "float32") : yTrue.clone();
    for (const [k, length] of size.entries()) {
      const from = space[k]!;
      if (length === from) continue;
      const nearest = Int32Array.from({ length }, (_, i) => Math.floor(((2 * i + 1) * from) / (2 * length)));
      result = gather(result, tensor1d(nearest, "int32"), k + 1);
    }
    return result;
  });
}
