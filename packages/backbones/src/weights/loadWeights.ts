import type { NumericArray } from "@ddl/core";
import { ArgumentError, DataError, expectBoolean, expectOptions } from "@ddl/core";
import { tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { fromTorch } from "./layout.js";
import type { StoredDtype, StoredTensor } from "./storedTensor.js";
import type { TorchWeight } from "./torchWeights.js";
import { torchWeightsOf } from "./torchWeights.js";
import type { WeightNames } from "./weightNames.js";

/** Options of {@link loadWeights}. */
export interface LoadWeightsOptions {
  /** What a file calls the model's tensors: see {@link weightNames}. Default: as the model does. */
  names?: WeightNames;
  /** Before each name in the file; what does not begin so is left alone. Default none. */
  prefix?: string;
  /** Every tensor of the model must be there, and no other. Default true; shapes always have to fit. */
  strict?: boolean;
}

/** What {@link loadWeights} left, empty if `strict`. */
export interface LoadedWeights {
  /** Names of the model's that the tensors have not; these weights stay as they were. */
  missing: string[];
  /** Names of the tensors that the model has not. */
  unexpected: string[];
}

/** The default of `names`. */
export const asInModel: WeightNames = (name) => name;

type Tensors = ReadonlyMap<string, StoredTensor<NumericArray>>;

/**
 * Sets the weights of a model to tensors in PyTorch's names, shapes and order of axes.
 *
 * A layer's tensors are its name, a point, and the name in PyTorch's module: `layer1.0.conv1.weight`. Filters, linear layers (behind a flattened
 * image too, which PyTorch flattens channels first), normalisations, attention and the layers of `@ddl/deform-conv/layers` are turned; the
 * branch of a deformable convolution is mmcv's `conv_offset`, divided by the layer's `offsetLearningRate`, and of a modulated one the
 * filter is divided by its `maskGain`. `num_batches_tracked` is passed over. Layers of a model within the model count by their own names.
 *
 * What weights do not tell is up to the layers: PyTorch's epsilon is 1e-5 in most normalisations (tf.layers has 1e-3), and its padding is
 * symmetric. The layers of `@ddl/backbones/layers` have both.
 *
 * @param tensors as `decodeSafetensors` and `decodeTorchCheckpoint` give them; numbers become float32
 * @returns the names that did not fit, without `strict`
 * @throws DataError that lists names and shapes of both sides; the model is then unchanged. ArgumentError for options, and for a model with a
 *   layer that PyTorch has not
 * @example
 * ```ts
 * const { tensors } = decodeTorchCheckpoint(await readFile("resnet18.pt"));
 * loadWeights(resnet18({ classes: 1000 }), tensors);
 * loadWeights(encoder, tensors, { prefix: "encoder." }); // a part of a larger network
 * ```
 */
export function loadWeights(model: LayersModel, tensors: Tensors, options: LoadWeightsOptions = {}): LoadedWeights {
  const name = "loadWeights";
  const { names = asInModel, prefix = "", strict = true } = expectOptions(name, options, ["names", "prefix", "strict"]);
  expectBoolean(name, "strict", strict);
  if (typeof (tensors as Partial<Tensors> | null)?.get !== "function") {
    throw new ArgumentError({ functionName: name, argument: "tensors", expected: "be a Map", received: tensors });
  }
  const { tensors: own, counters } = torchWeightsOf(name, model);
  const wanted = renamed(name, own, names, prefix);
  const passed = new Set(counters.map((counter) => prefix + names(counter)));
  const missing = [...wanted.keys()].filter((each) => !tensors.has(each));
  const unexpected = [...tensors.keys()].filter(
    (each) => each.startsWith(prefix) && !wanted.has(each) && !passed.has(each),
  );
  const unlike = [...wanted].filter(([each, { shape }]) => tensors.has(each) && !fits(tensors.get(each)!, shape));
  if (unlike.length > 0 || (strict && missing.length + unexpected.length > 0)) {
    const asked = (each: string): string => `${each} ${shown(wanted.get(each)!.shape)}`;
    const given = (each: string): string => `${each} ${kindOf(tensors.get(each)!)}`;
    const reasons = [
      ["the tensors lack", missing.map(asked)],
      ["the model has no", unexpected.map(given)],
      ["unlike are", unlike.map(([each, { shape }]) => `${given(each)} for ${shown(shape)}`)],
    ] as const;
    const found = reasons
      .filter(([, items]) => items.length > 0)
      .map(([reason, items]) => `${reason} ${listed(items)}`);
    throw new DataError(name, "tensors", `must have the names and shapes of the model; ${found.join("; ")}.`);
  }
  for (const [each, { parts }] of wanted) {
    const given = tensors.get(each);
    if (given !== undefined) write(parts, given.values);
  }
  return { missing, unexpected };
}

/** Tensors of a model by the names in a file. @throws ArgumentError if two get the same */
export function renamed<T>(
  functionName: string,
  own: ReadonlyMap<string, T>,
  names: WeightNames,
  prefix: string,
): Map<string, T> {
  const result = new Map([...own].map(([name, value]) => [prefix + names(name), value]));
  if (result.size < own.size) {
    const expected = "give each tensor a name of its own";
    const received = [...own.keys()].map(names).find((name, k, all) => all.indexOf(name) < k);
    throw new ArgumentError({ functionName, argument: "names", expected, received });
  }
  return result;
}

const shown = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** Only floating-point numbers can be weights. */
const isFloat = (values: NumericArray, dtype: StoredDtype | undefined): boolean =>
  /^Float/.test(values[Symbol.toStringTag]) && dtype !== "I64" && dtype !== "U64";

const countOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

const fits = (given: StoredTensor<NumericArray>, shape: readonly number[]): boolean =>
  isFloat(given.values, given.dtype) && given.shape.join() === shape.join() && given.values.length === countOf(shape);

function kindOf({ shape, values, dtype }: StoredTensor<NumericArray>): string {
  if (values.length !== countOf(shape)) return `${shown(shape)} of ${values.length} values`;
  return isFloat(values, dtype) ? shown(shape) : `${shown(shape)} of ${dtype ?? values[Symbol.toStringTag]}`;
}

/** At most twenty of what differs: files of another network have hundreds. */
const listed = (items: readonly string[]): string =>
  items.length <= 20 ? items.join(", ") : `${items.slice(0, 20).join(", ")} and ${items.length - 20} more`;

function write(parts: TorchWeight["parts"], values: NumericArray): void {
  let at = 0;
  for (const { variable, layout, scale } of parts) {
    const count = countOf(layout.torchShape);
    const value = tensor(
      fromTorch(values.subarray(at, at + count), layout, scale),
      variable.shape as number[],
      "float32",
    );
    variable.write(value);
    value.dispose();
    at += count;
  }
}
