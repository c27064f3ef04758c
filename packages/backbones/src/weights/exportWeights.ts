import type { NumericArray } from "@ddl/core";
import { expectNumber, expectOptions } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { toTorch } from "./layout.js";
import { asInModel, renamed } from "./loadWeights.js";
import type { StoredTensor } from "./storedTensor.js";
import { torchWeightsOf } from "./torchWeights.js";
import type { WeightNames } from "./weightNames.js";

/** Options of {@link exportWeights}. */
export interface ExportWeightsOptions {
  /** What the file calls the model's tensors: see {@link weightNames}. Default: as the model does. */
  names?: WeightNames;
  /** Before each name. Default none. */
  prefix?: string;
  /** What the batch normalisations say to have counted, an integer ≥ 0: PyTorch uses it only without a momentum. Default 0. */
  numBatchesTracked?: number;
}

/**
 * The weights of a model by PyTorch's names, in its shapes and order of axes: what {@link loadWeights} reads, and `load_state_dict` of the
 * same network there. `num_batches_tracked` is added as I64.
 *
 * @returns copies, for `encodeSafetensors`
 * @throws ArgumentError for a model with a layer that PyTorch has not; for options. RangeArgumentError for `numBatchesTracked`
 * @example
 * ```ts
 * await writeFile("model.safetensors", encodeSafetensors({ tensors: await exportWeights(model), metadata: { format: "pt" } }));
 * ```
 */
export async function exportWeights(
  model: LayersModel,
  options: ExportWeightsOptions = {},
): Promise<Map<string, StoredTensor<NumericArray>>> {
  const name = "exportWeights";
  const known = ["names", "prefix", "numBatchesTracked"] as const;
  const { names = asInModel, prefix = "", numBatchesTracked = 0 } = expectOptions(name, options, known);
  expectNumber(name, "numBatchesTracked", numBatchesTracked, { integer: true, min: 0 });
  const { tensors, counters } = torchWeightsOf(name, model);
  const result = new Map<string, StoredTensor<NumericArray>>();
  for (const [each, { shape, parts }] of renamed(name, tensors, names, prefix)) {
    const turned = await Promise.all(
      parts.map(async ({ variable, layout, scale }) =>
        toTorch((await variable.read().data()) as Float32Array, layout, scale),
      ),
    );
    result.set(each, { shape: [...shape], values: joined(turned) });
  }
  for (const counter of counters) {
    result.set(prefix + names(counter), { shape: [], values: Float64Array.of(numBatchesTracked), dtype: "I64" });
  }
  return result;
}

function joined(parts: Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}
