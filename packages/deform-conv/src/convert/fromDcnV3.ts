import { expectNumber, expectOptions } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, concat, mul, reshape, split, tensor, tidy, transpose, zeros } from "@tensorflow/tfjs-core";
import type { DcnPointOptions } from "../dcn/geometry.js";
import { dcnPoints } from "../dcn/geometry.js";
import { expectTensor } from "../input/expectTensor.js";

/** Tensors of `dcnV3`; what is missing stays missing. */
export interface DcnV3Tensors {
  /** (batch, outHeight, outWidth, groups·P·2). */
  offset?: Tensor;
  /** (batch, outHeight, outWidth, groups·P). */
  mask?: Tensor;
}

/** Options of {@link fromDcnV3}, those of the `dcnV3`. */
export interface FromDcnV3Options extends DcnPointOptions {
  /** Groups of channels that share offsets and mask. Default 1. */
  groups?: number;
}

/**
 * Turns offset and mask of `dcnV3` into those of `deformConv2d`: points row by row, offsets [dy, dx], `offsetScale` within the offsets, and
 * a removed centre as a point with mask 0.
 *
 * `dcnV3` is then `deformConv2d` of the same strides, padding and dilations with a filter of ones, (kernelHeight, kernelWidth, 1, channels),
 * and `offsetGroups` = groups. Without `offsetScale` and `removeCenter` it only permutes. Gradients pass through it.
 * @returns new tensors, (…, 2·K·groups) and (…, K·groups), K = kernelHeight · kernelWidth
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example `fromDcnV3({ mask: tf.ones([1, 5, 6, 16]) }, { groups: 2, removeCenter: true }).mask.shape // [1, 5, 6, 18], two of them 0`
 */
export function fromDcnV3<T extends DcnV3Tensors>(
  tensors: T,
  options: FromDcnV3Options = {},
): { [K in keyof T]: Tensor } {
  const name = "fromDcnV3";
  expectOptions<DcnV3Tensors>(name, tensors, ["offset", "mask"]);
  const keys = ["kernelSize", "dilations", "groups", "offsetScale", "removeCenter"] as const;
  const { groups = 1, ...window } = expectOptions(name, options, keys);
  expectNumber(name, "groups", groups, { integer: true, min: 1 });
  const { points, offsetScale } = dcnPoints(name, window);
  // The window grows about its centre: what each of its points moves by that is part of the point's offset.
  const { kernel, points: whole } = dcnPoints(name, { ...window, removeCenter: false });
  const turned = (key: keyof DcnV3Tensors): Tensor => {
    const value = tensors[key];
    const entries = key === "offset" ? 2 : 1;
    const length = groups * points.length * entries;
    expectTensor(
      name,
      key,
      value,
      [-1, -1, -1, length],
      `batch, outHeight, outWidth, groups·P${entries === 2 ? "·2" : ""}`,
    );
    const [batch, height, width] = value.shape as [number, number, number];
    const given = reshape(value, [batch * height * width * groups, points.length, entries]);
    let result = rowByRow(points.length === whole.length ? given : withCenter(given), kernel);
    if (key === "offset") {
      const [dx, dy] = split(result, 2, 2) as [Tensor, Tensor];
      result = concat([dy, dx], 2);
      if (offsetScale !== 1) {
        const grid = rowByRow(tensor(whole.flat(), [1, whole.length, 2], "float32"), kernel);
        result = add(mul(result, offsetScale), mul(grid, offsetScale - 1));
      }
    }
    return reshape(result, [batch, height, width, groups * whole.length * entries]);
  };
  return tidy(() => {
    const given = (["offset", "mask"] as const).filter((key) => tensors[key] !== undefined);
    return Object.fromEntries(given.map((key) => [key, turned(key)]));
  }) as { [K in keyof T]: Tensor };
}

/** (rows, points column by column, entries) to (rows, points row by row, entries). */
function rowByRow(value: Tensor, [kernelHeight, kernelWidth]: readonly [number, number]): Tensor {
  const [rows, points, entries] = value.shape as [number, number, number];
  const turned = transpose(reshape(value, [rows, kernelWidth, kernelHeight, entries]), [0, 2, 1, 3]);
  return reshape(turned, [rows, points, entries]);
}

/** Puts a point of zeros in the middle. */
function withCenter(value: Tensor): Tensor {
  const [rows, , entries] = value.shape as [number, number, number];
  const [before, after] = split(value, 2, 1) as [Tensor, Tensor];
  return concat([before, zeros([rows, 1, entries]), after], 1);
}
