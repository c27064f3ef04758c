import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadLayersModel } from "@tensorflow/tfjs-layers";

/** A model after it was written to JSON and weights and read again. */
export async function savedAndLoaded(model: LayersModel): Promise<LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  const modelTopology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
  return loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology }));
}
