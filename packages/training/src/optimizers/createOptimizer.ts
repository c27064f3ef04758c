import { expectOneOf } from "@ddl/core";
import type { AdamOptimizerOptions } from "./adam.js";
import { Adam } from "./adam.js";
import type { TrainingOptimizer } from "./optimizer.js";
import type { SgdOptimizerOptions } from "./sgd.js";
import { Sgd } from "./sgd.js";

/** Options of an optimiser: Adam unless `kind` says otherwise. */
export type OptimizerOptions = AdamOptimizerOptions | SgdOptimizerOptions;

/**
 * An optimiser with torch's numbers, for training loops of your own; `fit` makes its own from the same options.
 *
 * What it remembers of a weight goes by the weight's name; on the backend `simd` a step is one pass over memory, in place. Dispose it.
 *
 * @param options `kind` is `adam` (default), `adamW` or `sgd`; defaults are torch's, Adam's learning rate 1e-3, SGD's 1e-2
 * @throws ArgumentError, RangeArgumentError
 * @example
 * ```ts
 * const optimizer = createOptimizer({ kind: "sgd", learningRate: 0.01, momentum: 0.99, nesterov: true, weightDecay: 3e-5 });
 * optimizer.step([{ name: "head/kernel", variable, gradient }], optimizer.learningRate);
 * ```
 *
 * Sources: Kingma and Ba 2015 (`kingma2015`), Loshchilov and Hutter 2019 (`loshchilov2019`), Sutskever et al. 2013 (`sutskever2013`).
 */
export function createOptimizer(options: OptimizerOptions = {}): TrainingOptimizer {
  return optimizerFor("createOptimizer", "", options);
}

/** {@link createOptimizer} under another name in messages. */
export function optimizerFor(functionName: string, prefix: string, options: OptimizerOptions): TrainingOptimizer {
  const kind = (options as OptimizerOptions | null)?.kind ?? "adam";
  expectOneOf(functionName, `${prefix}kind`, kind, ["adam", "adamW", "sgd"]);
  if (kind === "sgd") return new Sgd(functionName, prefix, options as SgdOptimizerOptions);
  return new Adam(functionName, prefix, options as AdamOptimizerOptions);
}
