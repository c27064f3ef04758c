import type { AnyArray, Cancellable } from "@ddl/core";
import {
  ArgumentError,
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  ShapeError,
  throwIfAborted,
  yieldToEventLoop,
} from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import type { Activation } from "./activations.js";
import { activateValues, activationNames } from "./activations.js";
import type { Blend } from "./blendWeights.js";
import type { Border } from "./borderIndex.js";
import type { Predictor } from "./predictor.js";
import { isLayersModel, predictionOf } from "./predictor.js";
import { windowAxis } from "./windowGrid.js";
import type { Axes, Window } from "./windows.js";
import { addWindow, divideByWeights, readWindow } from "./windows.js";

/** How far {@link slidingWindow} has come. */
export interface SlidingWindowProgress {
  /** Windows predicted. */
  windows: number;
  total: number;
}

/** Options of {@link slidingWindow}. */
export interface SlidingWindowOptions extends Cancellable {
  /** Size of what the model is given: [rows, columns] or [planes, rows, columns]. Default: the input size of the model, if that is fixed. */
  patch?: readonly number[] | undefined;
  /** Least part of a window that its neighbour covers too, along each axis; ≥ 0 and < 1. Default 0.5. */
  overlap?: number;
  /** `gaussian` (default): pixels near the middle of a window count more; `constant`: all alike. */
  blend?: Blend;
  /** Windows that go through the model at once, ≥ 1. Default 4. */
  batch?: number;
  /** Applied to the average of the windows: `none` (default), `sigmoid`, or `softmax` over the classes. */
  activation?: Activation;
  /** What is beyond the image: `zero` (default), `edge`, its outermost pixels, or `reflect`, its mirror image. */
  border?: Border;
  /** Called after each batch. */
  onProgress?: ((progress: SlidingWindowProgress) => void) | undefined;
}

/** The names of the options, for functions that hand them on. */
export const slidingWindowOptions = [
  "patch",
  "overlap",
  "blend",
  "batch",
  "activation",
  "border",
  "onProgress",
  "signal",
] as const;

const name = "slidingWindow";

/**
 * Scores of an image or a volume of any size, from a model of small patches: overlapping windows are predicted and averaged.
 *
 * A patch of two axes goes over an image, or over each plane of a volume by itself; a patch of three axes goes over a volume. Windows lie
 * as nnU-Net's, evenly, and their Gaussian weights are nnU-Net's: see `blend`. An image that is smaller than the patch is extended by
 * `border` and the result cut to its size. A model whose output is smaller than its input, as `unet.ronneberger`, gives the middle of the
 * patch, and is shown what is around it: with `border: "reflect"` the overlap-tile strategy of Ronneberger et al.
 *
 * It works in the background: after each batch timers and signals get their turn. An abort leaves no tensor behind.
 *
 * @param model a `LayersModel` or a function of a batch, such as {@link testTimeAugmentation} gives; where the size of its output is not
 *   declared, one patch of zeros is predicted to learn it
 * @param image (rows, columns, channels) or (planes, rows, columns, channels), finite, of any memory layout
 * @returns (rows, columns, classes) or (planes, rows, columns, classes)
 * @throws ShapeError for an image, patch or output of the model that do not fit; RangeArgumentError for numbers out of range and values that
 *   are not finite; ArgumentError for other options; the signal's reason
 * @example
 * ```ts
 * const logits = await slidingWindow(model, volume, { patch: [64, 128, 128], batch: 2 });
 * ```
 *
 * Cost: (1 / (1 − overlap))^axes predictions of each pixel; on the host the result, and a batch of patches and of outputs.
 *
 * Source: Isensee et al. 2021 (`isensee2021`); Ronneberger et al. 2015 (`ronneberger2015`), figure 2, for the border. MONAI's
 * `sliding_window_inference` takes steps of one length and moves only the last window, and its Gaussian has the middle at (n − 1) / 2.
 */
export async function slidingWindow(
  model: Predictor,
  image: NdArray<AnyArray>,
  options: SlidingWindowOptions = {},
): Promise<NdArray<Float32Array>> {
  const {
    overlap = 0.5,
    blend = "gaussian",
    batch = 4,
    activation = "none",
    border = "zero",
    onProgress,
    signal,
  } = expectOptions(name, options, slidingWindowOptions);
  const predict = predictionOf(name, model);
  expectRank(name, "image", image, [3, 4]);
  expectNumber(name, "overlap", overlap, { min: 0, below: 1 });
  expectOneOf(name, "blend", blend, ["gaussian", "constant"]);
  expectNumber(name, "batch", batch, { integer: true, min: 1 });
  expectOneOf(name, "activation", activation, activationNames);
  expectOneOf(name, "border", border, ["zero", "edge", "reflect"]);
  const patch = patchOf(model, image, options.patch);
  if (image.shape.includes(0)) {
    throw new ShapeError({ functionName: name, argument: "image", expected: "not be empty", received: image.shape });
  }
  expectFiniteValues(name, "image", image);
  throwIfAborted(signal);

  // An image is a volume of one plane, and a patch of two axes one of a single plane.
  const planar = patch.length === 2;
  const volume = image.shape.length === 3 ? onePlane(image) : image;
  const [planes, rows, columns, channels] = volume.shape as [number, number, number, number];
  const { output, classes } = outputOf(model, predict, patch, channels);
  const axes = [planes, rows, columns].map((length, axis) => {
    // Planes that the model does not join are windows of their own, without overlap.
    if (planar && axis === 0) return windowAxis({ image: length, input: 1, output: 1 }, 0, blend, border);
    const k = axis - (planar ? 1 : 0);
    return windowAxis({ image: length, input: patch[k]!, output: output[k]! }, overlap, blend, border);
  }) as unknown as Axes;
  const windows = axes[0].windows.flatMap((p) =>
    axes[1].windows.flatMap((r) => axes[2].windows.map((c): Window => [p, r, c])),
  );

  const sums = new Float32Array(planes * rows * columns * classes);
  const size = channels * patch.reduce((product, n) => product * n, 1);
  for (let from = 0; from < windows.length; from += batch) {
    const some = windows.slice(from, from + batch);
    const values = new Float32Array(some.length * size);
    for (const [k, window] of some.entries()) readWindow(volume, window, values.subarray(k * size, (k + 1) * size));
    const shape = [some.length, ...output, classes];
    const scores = tidy(() => expectShape(predict(tensor(values, [some.length, ...patch, channels])), shape));
    try {
      const predicted = await scores.data();
      const length = predicted.length / some.length;
      for (const [k, window] of some.entries()) {
        addWindow(predicted.subarray(k * length, (k + 1) * length), window, axes, classes, sums);
      }
    } finally {
      scores.dispose();
    }
    onProgress?.({ windows: from + some.length, total: windows.length });
    await yieldToEventLoop();
    throwIfAborted(signal);
  }
  divideByWeights(sums, axes, classes);
  activateValues(activation, sums, classes);
  return ndarray(sums, [...image.shape.slice(0, -1), classes]);
}

/** A volume whose one plane is the image; they share their storage. */
function onePlane({ data, shape, stride, offset }: NdArray<AnyArray>): NdArray<AnyArray> {
  return ndarray(data, [1, ...shape], [0, ...stride], offset) as NdArray<AnyArray>;
}

/** The size of a patch, by the option or by the model. */
function patchOf(model: Predictor, image: NdArray<AnyArray>, patch: readonly number[] | undefined): readonly number[] {
  const declared = isLayersModel(model) ? model.inputs[0]!.shape.slice(1) : undefined;
  const fixed = declared?.slice(0, -1) as number[] | undefined;
  const known = fixed?.every((n) => typeof n === "number") ? fixed : undefined;
  const chosen = patch ?? known;
  const ranks = image.shape.length === 3 ? [2] : [2, 3];
  const functionName = name;
  if (!Array.isArray(chosen) || !ranks.includes(chosen.length)) {
    const expected = `have ${ranks.join(" or ")} entries, one an axis of what the model is given`;
    throw new ShapeError({ functionName, argument: "patch", expected, received: chosen });
  }
  for (const n of chosen) expectNumber(name, "patch", n, { integer: true, min: 1 });
  if (fixed !== undefined && (fixed.length !== chosen.length || fixed.some((n, k) => n != null && n !== chosen[k]))) {
    const expected = `be the size of the model's input, [${fixed.map((n) => n ?? "any").join(", ")}]`;
    throw new ShapeError({ functionName, argument: "patch", expected, received: chosen });
  }
  const channels = declared?.at(-1);
  if (channels != null && channels !== image.shape.at(-1)) {
    const expected = `have the ${channels} ${channels === 1 ? "channel" : "channels"} of the model's input`;
    throw new ShapeError({ functionName, argument: "image", expected, received: image.shape });
  }
  return chosen;
}

/** Size and classes of the model's output for a patch: as declared, or by a prediction. */
function outputOf(
  model: Predictor,
  predict: (batch: Tensor) => Tensor,
  patch: readonly number[],
  channels: number,
): { output: number[]; classes: number } {
  const declared = isLayersModel(model) ? model.outputs[0]!.shape.slice(1) : [null];
  const shape = declared.every((n) => typeof n === "number")
    ? (declared as number[])
    : predictedShape(predict, [...patch, channels]);
  const output = shape.slice(0, -1);
  // Of an output that lies in the middle the margins are alike.
  const fits = (n: number, k: number): boolean => n >= 1 && n <= patch[k]! && (patch[k]! - n) % 2 === 0;
  if (output.length !== patch.length || !output.every(fits)) {
    const expected = `give the size of its patch, [${patch.join(", ")}], or one that is smaller by an even number`;
    throw new ShapeError({ functionName: name, argument: "model", expected, received: output });
  }
  return { output, classes: shape.at(-1)! };
}

/** The shape that the model gives for one patch of that shape. */
function predictedShape(predict: (batch: Tensor) => Tensor, patch: readonly number[]): number[] {
  const scores = tidy(() => expectScores(predict(zeros([1, ...patch]))));
  scores.dispose();
  return scores.shape.slice(1);
}

function expectScores(scores: Tensor): Tensor {
  if (Array.isArray((scores as Tensor | undefined)?.shape)) return scores;
  throw new ArgumentError({ functionName: name, argument: "model", expected: "give a tensor", received: scores });
}

function expectShape(scores: Tensor, shape: readonly number[]): Tensor {
  if (expectScores(scores).shape.join() === shape.join()) return scores;
  const expected = `give shape [${shape.join(", ")}] (batch, …space, classes)`;
  throw new ShapeError({ functionName: name, argument: "model", expected, received: scores.shape });
}
