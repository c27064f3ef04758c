import type { Cancellable } from "@ddl/core";
import {
  expectNumber,
  expectOptions,
  expectRank,
  ShapeError,
  throwIfAborted,
  toContiguous,
  yieldToEventLoop,
  zeros,
} from "@ddl/core";
import { fromNdarray } from "@ddl/core/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import { sigmoid, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";

/** Options of {@link predictVolume}. */
export interface PredictVolumeOptions extends Cancellable {
  /** Slices that go through the model at once, ≥ 1. Default 8. */
  batchSize?: number;
}

/**
 * Probabilities of a volume, slice by slice, by a model that gives one channel of logits.
 *
 * @param image (slices, rows, columns, channels)
 * @returns (slices, rows, columns), in [0, 1]
 * @throws ShapeError if image has not four axes or the model gives more than one channel; the signal's reason
 * @example `const probability = await predictVolume(model, volume, { batchSize: 4 })`
 */
export async function predictVolume(
  model: LayersModel,
  image: NdArray<Float32Array>,
  options: PredictVolumeOptions = {},
): Promise<NdArray<Float32Array>> {
  const { batchSize = 8, signal } = expectOptions("predictVolume", options, ["batchSize", "signal"]);
  expectRank("predictVolume", "image", image, 4);
  expectNumber("predictVolume", "batchSize", batchSize, { integer: true, min: 1 });
  const channels = (model.outputs[0]!.shape as number[]).at(-1);
  if (channels !== 1) {
    const expected = "give 1 channel of logits";
    throw new ShapeError({ functionName: "predictVolume", argument: "model", expected, received: channels });
  }
  const [slices, rows, columns] = image.shape as [number, number, number];
  const result = zeros(Float32Array, [slices, rows, columns]);
  for (let from = 0; from < slices; from += batchSize) {
    throwIfAborted(signal);
    const to = Math.min(slices, from + batchSize);
    const part = toContiguous(image.hi(to).lo(from), Float32Array);
    const probability = tidy(() => sigmoid(model.predict(fromNdarray(part)) as Tensor));
    result.data.set(await probability.data(), from * rows * columns);
    probability.dispose();
    await yieldToEventLoop();
  }
  return result;
}
