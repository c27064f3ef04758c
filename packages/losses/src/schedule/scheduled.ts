import { ArgumentError, expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { mul, scalar, tidy } from "@tensorflow/tfjs-core";
import type { LossFunction } from "./deepSupervision.js";
import type { Schedule } from "./schedule.js";

/** A loss whose weight changes by epoch; see {@link scheduled}. */
export interface ScheduledLoss {
  (yTrue: Tensor, yPred: Tensor): Scalar;
  /** The weight of the current epoch. */
  readonly weight: number;
  /** Reads the schedule for an epoch, from 0, and uses its value from here on. */
  setEpoch(epoch: number): void;
  /** For `callbacks` of `model.fit`. */
  readonly callback: { onEpochBegin(epoch: number): Promise<void> };
}

/**
 * A loss times a weight that is read once an epoch.
 *
 * It begins with epoch 0. With weight 0 the loss is not computed.
 *
 * @param loss any loss
 * @param weightOfEpoch a {@link schedule}, or any function of the epoch's number
 * @throws ArgumentError for what is no function; RangeArgumentError for an epoch that is no integer ≥ 0, or a weight that is no finite number
 * @example
 * ```ts
 * const boundary = scheduled((t, z) => boundaryLoss(t, z, { fromLogits: true }), schedule("increase"));
 * await model.fit(x, y, { callbacks: boundary.callback }); // TensorFlow.js
 * await fit(model, (epoch) => { boundary.setEpoch(epoch); return source.epoch(epoch, batches); }, options); // @ddl/training
 * ```
 */
export function scheduled(loss: LossFunction, weightOfEpoch: Schedule): ScheduledLoss {
  for (const [argument, received] of Object.entries({ loss, weightOfEpoch })) {
    if (typeof received === "function") continue;
    throw new ArgumentError({ functionName: "scheduled", argument, expected: "be a function", received });
  }
  let weight = 0;
  const setEpoch = (epoch: number): void => {
    expectNumber("scheduled", "epoch", epoch, { integer: true, min: 0 });
    weight = expectNumber("scheduled", "weightOfEpoch's value", weightOfEpoch(epoch));
  };
  setEpoch(0);
  const weighted = (yTrue: Tensor, yPred: Tensor): Scalar =>
    tidy(() => (weight === 0 ? scalar(0) : (mul(loss(yTrue, yPred), weight) as Scalar)));
  const callback = { onEpochBegin: async (epoch: number) => setEpoch(epoch) };
  return Object.defineProperties(weighted, {
    weight: { get: () => weight, enumerable: true },
    setEpoch: { value: setEpoch, enumerable: true },
    callback: { value: callback, enumerable: true },
  }) as ScheduledLoss;
}
