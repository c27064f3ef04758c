import type { StoredTensor } from "@ddl/backbones/weights";
import { StateError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** Copies of all weights of a model, running statistics among them, by name. */
export async function readWeights(model: LayersModel): Promise<Map<string, StoredTensor>> {
  const result = new Map<string, StoredTensor>();
  for (const weight of model.weights) {
    const value = weight.read();
    result.set(weight.originalName, { shape: [...value.shape], values: (await value.data()).slice() as Float32Array });
  }
  return result;
}

/** Sets all weights of a model by name. @throws StateError that lists the names that do not fit; the model is then unchanged */
export function writeWeights(model: LayersModel, weights: ReadonlyMap<string, StoredTensor>): void {
  const differ = model.weights.filter(
    ({ originalName, shape }) => weights.get(originalName)?.shape.join() !== shape.join(),
  );
  const known = new Set(model.weights.map(({ originalName }) => originalName));
  const strange = [...weights.keys()].filter((name) => !known.has(name));
  if (differ.length > 0 || strange.length > 0) {
    const ours = differ.map(({ originalName, shape }) => `${originalName} [${shape.join(", ")}]`).join(", ");
    const theirs = [...differ.map(({ originalName }) => originalName), ...strange]
      .filter((name) => weights.has(name))
      .map((name) => `${name} [${weights.get(name)!.shape.join(", ")}]`)
      .join(", ");
    throw new StateError(
      `fit: the weights do not fit the model: it has ${ours || "nothing"} where they have ${theirs || "nothing"}.`,
    );
  }
  const values: Tensor[] = model.weights.map(({ originalName }) => {
    const { shape, values } = weights.get(originalName)!;
    return tensor(values, shape);
  });
  for (const [k, weight] of model.weights.entries()) weight.write(values[k]!);
  for (const value of values) value.dispose();
}
