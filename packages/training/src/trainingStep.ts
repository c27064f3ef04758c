import { ArgumentError, ShapeError } from "@ddl/core";
import { fromNdarray } from "@ddl/core/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { dispose, keep, mean, tidy, variableGrads } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Gradients } from "./gradients.js";
import { gradientNorm } from "./gradients.js";
import type { NamedWeight } from "./modelWeights.js";
import type { TrainingBatch } from "./trainingData.js";

/** What a model gives: one tensor, or one for each of several outputs. */
export type ModelOutput = Tensor | readonly Tensor[];

/** What a pass over a batch gives. */
export interface StepResult {
  loss: number;
  /** Euclidean norm of `gradients`. */
  norm: number;
  /** Means of the metrics. */
  metrics: Record<string, number>;
  /** Of the weights that take part in the loss; the caller's to dispose. */
  gradients: Gradients;
}

/** Functions of targets and output. */
export interface StepFunctions {
  loss: (yTrue: Tensor, yPred: never) => Scalar;
  metrics: Record<string, (yTrue: Tensor, yPred: never) => Tensor>;
}

/** Loss, gradients and metrics of a batch, in training mode. */
export async function computeStep(
  model: LayersModel,
  batch: TrainingBatch,
  weights: readonly NamedWeight[],
  { loss, metrics }: StepFunctions,
): Promise<StepResult> {
  let scalars: Tensor[] = [];
  const gradients: Gradients = new Map();
  tidy(() => {
    const images = fromNdarray(batch.images, "float32");
    const masks = fromNdarray(batch.masks, "float32");
    // What is made inside is given back with the tape, unless it is kept.
    let output: Tensor[] = [];
    try {
      const { value, grads } = variableGrads(
        () => {
          const predicted = model.apply(images, { training: true }) as ModelOutput;
          output = (Array.isArray(predicted) ? [...predicted] : [predicted]).map((one: Tensor) => keep(one));
          return expectScalar(loss(masks, predicted as never));
        },
        weights.map(({ variable }) => variable),
      );
      for (const { name, variable } of weights) {
        const gradient = grads[variable.name];
        if (gradient != null) gradients.set(name, gradient);
      }
      const predicted = model.outputs.length === 1 ? output[0]! : output;
      const means = Object.entries(metrics).map(([name, metric]) =>
        metricMean(name, metric(masks, predicted as never)),
      );
      scalars = [value, gradientNorm(gradients), ...means];
      for (const one of [...scalars, ...gradients.values()]) keep(one);
    } finally {
      for (const one of output) one.dispose();
    }
  });
  try {
    const [loss, norm, ...means] = await Promise.all(scalars.map(async (one) => (await one.data())[0]!));
    return {
      loss: loss!,
      norm: norm!,
      metrics: Object.fromEntries(Object.keys(metrics).map((name, k) => [name, means[k]!])),
      gradients,
    };
  } catch (error) {
    dispose([...gradients.values()]);
    throw error;
  } finally {
    dispose(scalars);
  }
}

function expectScalar(value: Scalar): Scalar {
  const shape = (value as Scalar | undefined)?.shape as number[] | undefined;
  const parts = { functionName: "fit", argument: "loss", expected: "give a scalar tensor" };
  if (shape === undefined) throw new ArgumentError({ ...parts, received: value });
  if (shape.length !== 0) throw new ShapeError({ ...parts, received: value });
  return value;
}

function metricMean(name: string, value: Tensor): Tensor {
  if (Array.isArray((value as Tensor | undefined)?.shape)) return mean(value);
  const expected = "give a tensor";
  throw new ArgumentError({ functionName: "fit", argument: `metrics.${name}`, expected, received: value });
}
