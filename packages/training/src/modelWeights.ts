import type { StoredTensor } from "@ddl/backbones/weights";
import { StateError } from "@ddl/core";
import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** A weight under the name its layer gave: tfjs numbers the names of variables over the whole process. */
export interface NamedWeight {
  name: string;
  variable: Variable;
}

/** The weights that are trained. */
export function trainableWeights(model: LayersModel): NamedWeight[] {
  return model.trainableWeights.map((weight) => ({ name: weight.originalName, variable: weight.read() as Variable }));
}

/** Copies of all weights of a model, running statistics among them, by name. */
export async function readWeights(model: LayersModel): Promise<Map<string, StoredTensor>> {
  return readTensors(model.weights.map((weight) => [weight.originalName, weight.read()]));
}

/** Copies of tensors, by name. */
export async function readTensors(tensors: Iterable<readonly [string, Tensor]>): Promise<Map<string, StoredTensor>> {
  const result = new Map<string, StoredTensor>();
  for (const [name, value] of tensors) {
    result.set(name, { shape: [...value.shape], values: (await value.data()).slice() as Float32Array });
  }
  return result;
}

/** Checks that weights have the names and shapes of a model's. @throws StateError that lists what does not fit */
export function expectWeightsFit(model: LayersModel, weights: ReadonlyMap<string, StoredTensor>): void {
  const ours = model.weights.map(({ originalName, shape }) => ({ name: originalName, shape: shape as number[] }));
  expectSameTensors("the weights do not fit the model: it has", ours, weights);
}

/** Sets all weights of a model by name; they must fit. */
export function writeWeights(model: LayersModel, weights: ReadonlyMap<string, StoredTensor>): void {
  const values: Tensor[] = model.weights.map(({ originalName }) => {
    const { shape, values } = weights.get(originalName)!;
    return tensor(values, shape);
  });
  for (const [k, weight] of model.weights.entries()) weight.write(values[k]!);
  for (const value of values) value.dispose();
}

/** Checks names and shapes. @throws StateError that lists what differs, of both sides */
export function expectSameTensors(
  what: string,
  ours: readonly { name: string; shape: readonly number[] }[],
  theirs: ReadonlyMap<string, StoredTensor>,
): void {
  const differ = ours.filter(({ name, shape }) => theirs.get(name)?.shape.join() !== shape.join());
  const known = new Set(ours.map(({ name }) => name));
  const strange = [...theirs.keys()].filter((name) => !known.has(name));
  if (differ.length === 0 && strange.length === 0) return;
  const here = differ.map(({ name, shape }) => `${name} [${shape.join(", ")}]`).join(", ");
  const there = [...differ.map(({ name }) => name), ...strange]
    .filter((name) => theirs.has(name))
    .map((name) => `${name} [${theirs.get(name)!.shape.join(", ")}]`)
    .join(", ");
  throw new StateError(`fit: ${what} ${here || "nothing"} where they have ${there || "nothing"}.`);
}
