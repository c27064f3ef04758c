import { ArgumentError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/**
 * What predicts: a `LayersModel`, of several outputs the first; or a function from a batch (batch, …space, channels) to its scores
 * (batch, …space, classes), which it leaves to its caller to dispose.
 */
export type Predictor = LayersModel | ((batch: Tensor) => Tensor);

/** The function that a predictor is. @throws ArgumentError for anything else */
export function predictionOf(functionName: string, predictor: Predictor): (batch: Tensor) => Tensor {
  if (typeof predictor === "function") return predictor;
  if (!isLayersModel(predictor)) {
    const expected = "be a LayersModel or a function from a tensor to a tensor";
    throw new ArgumentError({ functionName, argument: "model", expected, received: predictor });
  }
  return (batch) => {
    const output = predictor.predict(batch, { batchSize: batch.shape[0]! });
    return Array.isArray(output) ? output[0]! : output;
  };
}

/** By what it has, not by its class, of which a program may hold two copies. */
export function isLayersModel(predictor: unknown): predictor is LayersModel {
  const model = predictor as Partial<LayersModel> | null;
  return typeof model?.predict === "function" && Array.isArray(model.inputs) && Array.isArray(model.outputs);
}
