import type { StoredTensor } from "@ddl/backbones/weights";
import { StateError } from "@ddl/core";
import type { NamedWeight } from "./modelWeights.js";
import { expectSameTensors } from "./modelWeights.js";

/** Checks that a state comes from a training of the same options. @throws StateError that lists what differs */
export function expectSameConfiguration(ours: Record<string, string>, theirs: Record<string, string>): void {
  const differ = Object.keys(ours).filter((name) => ours[name] !== theirs[name]);
  if (differ.length === 0) return;
  const list = differ.map((name) => `${name} ${theirs[name]} where the options have ${ours[name]}`).join(", and ");
  throw new StateError(`fit: the state to resume from must have the same options; it has ${list}.`);
}

/**
 * Checks that a state's tensors have the shapes of the weights that they belong to.
 * @param what begins the message
 * @param nameOf the weight of a tensor's key
 * @throws StateError
 */
export function expectTensorsOfWeights(
  weights: readonly NamedWeight[],
  what: string,
  tensors: Map<string, StoredTensor>,
  nameOf: (key: string) => string,
): void {
  const shapes = new Map(weights.map(({ name, variable }) => [name, variable.shape]));
  const ours = [...tensors.keys()].filter((key) => shapes.has(nameOf(key)));
  const expected = ours.map((key) => ({ name: key, shape: shapes.get(nameOf(key))! }));
  expectSameTensors(`${what} fit the model: it has`, expected, tensors);
}
