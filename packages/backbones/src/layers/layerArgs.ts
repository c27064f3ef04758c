import { ArgumentError } from "@ddl/core";
import type { layers } from "@tensorflow/tfjs-layers";

/** Options of tf.layers that every layer takes. */
export type LayerKeys = "inputShape" | "batchInputShape" | "batchSize" | "dtype" | "name" | "trainable" | "weights";

/** They, as `tf.layers.conv2d` declares them. */
export type LayerArgs = Pick<Parameters<typeof layers.conv2d>[0], LayerKeys>;

export const layerKeys: readonly LayerKeys[] = [
  "inputShape",
  "batchInputShape",
  "batchSize",
  "dtype",
  "name",
  "trainable",
  "weights",
];

/** The options of every layer, of which only one type of numbers is possible. @throws ArgumentError */
export function layerArgsOf(functionName: string, args: LayerArgs): LayerArgs {
  const { dtype = "float32" } = args;
  if (dtype !== "float32") {
    throw new ArgumentError({ functionName, argument: "dtype", expected: 'be "float32"', received: dtype });
  }
  return pick(args, layerKeys);
}

/** The entries of an object that have a value. */
export function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    keys.filter((key) => from[key] !== undefined && from[key] !== null).map((key) => [key, from[key]]),
  ) as Pick<T, K>;
}
