import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  argMax,
  cast,
  div,
  equal,
  greater,
  maximum,
  mean,
  mul,
  oneHot,
  slice,
  sub,
  sum,
  tidy,
  where,
} from "@tensorflow/tfjs-core";

/** Options of the metric functions. */
export interface LayersMetricOptions {
  /**
   * How a prediction becomes masks: each channel by itself above `threshold` (default for one channel), or the largest channel of each
   * element (`argmax`, default for several).
   */
  decision?: "threshold" | "argmax";
  /** A probability in (0, 1); what is above it is inside. Default 0.5. Only for the decision `threshold`. */
  threshold?: number;
  /** `yPred` holds logits. Default false. The largest channel is the same either way. */
  fromLogits?: boolean;
  /** The first of several channels is the background and does not count. Default true for `argmax`, false for `threshold`. */
  skipBackground?: boolean;
  /**
   * What one score is formed over, before the mean of the scores: each sample and class (`sample-class`, default), batch and space of
   * each class (`class`), or everything (`all`).
   */
  over?: "sample-class" | "class" | "all";
  /** The score where neither target nor prediction has anything inside, finite. Default 1. */
  bothEmpty?: number;
}

/** A function for `metrics` of `model.compile`. Its name is its key in the logs. */
export type LayersMetric = (yTrue: Tensor, yPred: Tensor) => Scalar;

/** TP, FP, FN and TN, one value for each score. */
export type TensorCounts = readonly [
  truePositives: Tensor,
  falsePositives: Tensor,
  falseNegatives: Tensor,
  trueNegatives: Tensor,
];

const optionKeys: (keyof LayersMetricOptions)[] = [
  "decision",
  "threshold",
  "fromLogits",
  "skipBackground",
  "over",
  "bothEmpty",
];

/** Makes a metric function of a name from numerator and denominator of its ratio; where the denominator is 0 `otherwise` decides. */
export function layersMetric(
  functionName: string,
  name: string,
  options: LayersMetricOptions,
  ratio: (counts: TensorCounts) => readonly [numerator: Tensor, denominator: Tensor],
  otherwise: (counts: TensorCounts, bothEmpty: number) => Tensor | number,
): LayersMetric {
  expectOptions(functionName, options, optionKeys);
  const {
    decision,
    threshold = 0.5,
    fromLogits = false,
    skipBackground,
    over = "sample-class",
    bothEmpty = 1,
  } = options;
  if (decision !== undefined) expectOneOf(functionName, "decision", decision, ["threshold", "argmax"]);
  expectNumber(functionName, "threshold", threshold, { above: 0, below: 1 });
  expectBoolean(functionName, "fromLogits", fromLogits);
  if (skipBackground !== undefined) expectBoolean(functionName, "skipBackground", skipBackground);
  expectOneOf(functionName, "over", over, ["sample-class", "class", "all"]);
  expectNumber(functionName, "bothEmpty", bothEmpty);
  const level = fromLogits ? Math.log(threshold / (1 - threshold)) : threshold;

  const metric = (yTrue: Tensor, yPred: Tensor): Scalar => {
    expectTensors(functionName, yTrue, yPred);
    const shape = yPred.shape;
    const channels = shape.at(-1)!;
    const decides = decision ?? (channels === 1 ? "threshold" : "argmax");
    if (decides === "argmax" && (options.threshold !== undefined || channels === 1)) {
      const received = channels === 1 ? "argmax" : threshold;
      const [argument, expected] =
        channels === 1
          ? ["decision", "be threshold for one channel"]
          : ["threshold", "be left out where the largest of several channels decides"];
      throw new ArgumentError({ functionName, argument, expected, received });
    }
    return tidy(() => {
      const first = channels > 1 && (skipBackground ?? decides === "argmax") ? 1 : 0;
      const begin = shape.map((_, k) => (k === shape.length - 1 ? first : 0));
      const kept = (tensor: Tensor): Tensor => slice(cast(tensor, "float32"), begin);
      const inside = decides === "argmax" ? oneHot(cast(argMax(yPred, -1), "int32"), channels) : greater(yPred, level);
      const [t, p] = [kept(greater(yTrue, 0.5)), kept(inside)];
      const space = shape.slice(1, -1).map((_, k) => k + 1);
      const axes = over === "all" ? undefined : over === "class" ? [0, ...space] : space;
      const elements = t.size / (over === "all" ? 1 : t.shape.at(-1)! * (over === "class" ? 1 : t.shape[0]!));
      const [both, inTrue, inPred] = [sum(mul(t, p), axes), sum(t, axes), sum(p, axes)];
      const counts: TensorCounts = [
        both,
        sub(inPred, both),
        sub(inTrue, both),
        add(sub(sub(elements, inTrue), inPred), both),
      ];
      const [numerator, denominator] = ratio(counts);
      const empty = otherwise(counts, bothEmpty);
      // Divided by 1 where the denominator is 0: no NaN is formed that a later product could spread.
      const quotient = div(numerator, maximum(denominator, equal(denominator, 0)));
      return mean(where(greater(denominator, 0), quotient, mul(empty, equal(denominator, 0)))) as Scalar;
    });
  };
  return Object.defineProperty(metric, "name", { value: name });
}

function expectTensors(functionName: string, yTrue: Tensor, yPred: Tensor): void {
  for (const [argument, received] of [["yTrue", yTrue] as const, ["yPred", yPred] as const]) {
    if (!Array.isArray((received as { shape?: unknown })?.shape)) {
      throw new ArgumentError({ functionName, argument, expected: "be a tensor", received });
    }
  }
  if (yTrue.shape.join() !== yPred.shape.join()) {
    const expected = `have the shape of yTrue, [${yTrue.shape.join(", ")}]`;
    throw new ShapeError({ functionName, argument: "yPred", expected, received: yPred.shape });
  }
  if (yTrue.shape.length < 2) {
    const expected = "have at least two axes (batch, …, classes)";
    throw new ShapeError({ functionName, argument: "yTrue", expected, received: yTrue.shape });
  }
  if (yTrue.size === 0) {
    const expected = "have at least one element";
    throw new ShapeError({ functionName, argument: "yTrue", expected, received: yTrue.shape });
  }
}
