import { ArgumentError, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { cast, mul, notEqual, oneHot, reshape, tidy, util } from "@tensorflow/tfjs-core";
import { expectPair } from "./expectPair.js";
import { expectValues } from "./expectValues.js";
import type { TargetSettings } from "./lossOptions.js";
import { toFloats } from "./toFloats.js";

/** The target of a loss, made for arithmetic. */
export interface LossInput {
  /** Targets in the shape of yPred, float32, 0 at ignored voxels. */
  t: Tensor;
  /** 1 where a voxel counts and 0 where not, the shape of yPred with one channel; undefined if all count. */
  keep: Tensor | undefined;
}

/**
 * Checks a pair of tensors and turns the target into the shape of the prediction: labels become one-hot, ignored voxels 0. Inside a
 * `tidy`.
 * @throws ArgumentError, ShapeError, RangeArgumentError
 */
export function lossInput(
  functionName: string,
  yTrue: Tensor,
  yPred: Tensor,
  settings: TargetSettings,
  minimumRank: number,
): LossInput {
  const hasLabels = isLabels(yTrue?.shape, yPred?.shape);
  if (hasLabels) expectPair(functionName, yPred, yPred, minimumRank);
  else expectPair(functionName, yTrue, yPred, minimumRank);
  expectType(functionName, "yTrue", yTrue, ["float32", "int32", "bool"]);
  expectType(functionName, "yPred", yPred, ["float32"]);
  if (yPred.size === 0) {
    throw new ShapeError({ functionName, argument: "yPred", expected: "have elements", received: yPred.shape });
  }
  const channels = yPred.shape.at(-1) ?? 1;
  const { ignoreIndex, classWeights } = settings;
  if (classWeights !== undefined && classWeights.length !== channels) {
    const expected = `have ${channels} ${channels === 1 ? "entry" : "entries"}, one a channel of yPred`;
    throw new ShapeError({ functionName, argument: "classWeights", expected, received: classWeights.length });
  }
  if (ignoreIndex !== undefined && channels > 1 && !hasLabels) {
    const expected = "be left out unless yTrue holds labels or has one channel";
    throw new ArgumentError({ functionName, argument: "ignoreIndex", expected, received: ignoreIndex });
  }
  if (settings.validate) expectValues(functionName, yTrue, yPred, hasLabels ? channels : 0, settings);
  const single = [...yPred.shape.slice(0, -1), 1];
  const isVoxelwise = channels === 1 || hasLabels;
  const voxels = isVoxelwise ? reshape(yTrue, single) : yTrue;
  const keep = ignoreIndex === undefined ? undefined : toFloats(notEqual(voxels, ignoreIndex));
  // As integers first: the wasm backend writes integers into a one-hot tensor of floats.
  const oneHotLabels = () => oneHot(cast(reshape(yTrue, single.slice(0, -1)), "int32"), channels);
  const t = tidy(() => toFloats(channels > 1 && hasLabels ? oneHotLabels() : voxels));
  return { t: keep === undefined ? t : mul(t, keep), keep };
}

/** Labels have no axis of channels, or one channel while the prediction has several. */
function isLabels(target: unknown, prediction: unknown): boolean {
  if (!Array.isArray(target) || !Array.isArray(prediction) || prediction.length === 0) return false;
  const space = prediction.slice(0, -1);
  return util.arraysEqual(target, space) || (prediction.at(-1) > 1 && util.arraysEqual(target, [...space, 1]));
}

function expectType(functionName: string, argument: string, tensor: Tensor, types: string[]): void {
  if (types.includes(tensor.dtype)) return;
  const expected = `have dtype ${types.join(", ")}`;
  throw new ArgumentError({ functionName, argument, expected, received: tensor.dtype });
}
