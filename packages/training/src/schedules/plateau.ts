import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { ScheduleState } from "../trainingState.js";
import type { LearningRateSchedule } from "./schedule.js";

/** Options of the schedule that waits for a plateau. */
export interface PlateauOptions {
  kind: "plateau";
  /** By which the learning rate is multiplied, in (0, 1). Default 0.1. */
  factor?: number;
  /** Epochs without improvement that are tolerated, ≥ 0: the next one lowers the rate. Default 10. */
  patience?: number;
  /** How much is an improvement, ≥ 0. Default 1e-4. */
  threshold?: number;
  /** Whether `threshold` is a part of the best value (default) or an amount. */
  thresholdMode?: "relative" | "absolute";
  /** Epochs after a lowering in which nothing is counted, ≥ 0. Default 0. */
  cooldown?: number;
  /** The rate is not lowered below this, ≥ 0. Default 0. */
  minimum?: number;
  /** A smaller change of the rate is left out, ≥ 0. Default 1e-8. */
  epsilon?: number;
}

/** Lowers the learning rate when a value does not improve any more, as torch's ReduceLROnPlateau. */
export class Plateau implements LearningRateSchedule {
  readonly every = "epoch";
  readonly description: string;
  readonly #options: Required<PlateauOptions>;
  readonly #mode: "min" | "max";
  #learningRate: number;
  #best: number | null = null;
  #bad = 0;
  #cooling = 0;

  constructor(
    functionName: string,
    prefix: string,
    options: PlateauOptions,
    learningRate: number,
    mode: "min" | "max",
  ) {
    this.#options = checkPlateauOptions(functionName, prefix, options);
    this.#mode = mode;
    this.#learningRate = learningRate;
    this.description = JSON.stringify({ ...this.#options, mode });
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  advance(score: number = Number.NaN): void {
    const { factor, patience, cooldown, minimum, epsilon } = this.#options;
    if (this.#improves(score)) {
      this.#best = score;
      this.#bad = 0;
    } else {
      this.#bad++;
    }
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad <= patience) return;
    const lowered = Math.max(this.#learningRate * factor, minimum);
    if (this.#learningRate - lowered > epsilon) this.#learningRate = lowered;
    this.#cooling = cooldown;
    this.#bad = 0;
  }

  save(): ScheduleState {
    return { learningRate: this.#learningRate, best: this.#best, bad: this.#bad, cooling: this.#cooling };
  }

  restore({ learningRate, best, bad, cooling }: ScheduleState): void {
    this.#learningRate = learningRate!;
    this.#best = best!;
    this.#bad = bad!;
    this.#cooling = cooling!;
  }

  #improves(score: number): boolean {
    const { threshold, thresholdMode } = this.#options;
    if (!Number.isFinite(score)) return false;
    if (this.#best === null) return true;
    const relative = thresholdMode === "relative";
    if (this.#mode === "min") return score < (relative ? this.#best * (1 - threshold) : this.#best - threshold);
    return score > (relative ? this.#best * (1 + threshold) : this.#best + threshold);
  }
}

function checkPlateauOptions(functionName: string, prefix: string, options: PlateauOptions): Required<PlateauOptions> {
  const known = ["kind", "factor", "patience", "threshold", "thresholdMode", "cooldown", "minimum", "epsilon"] as const;
  const {
    kind,
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    thresholdMode = "relative",
    cooldown = 0,
    minimum = 0,
    epsilon = 1e-8,
  } = expectOptions(functionName, options, known);
  expectNumber(functionName, `${prefix}factor`, factor, { above: 0, below: 1 });
  expectNumber(functionName, `${prefix}patience`, patience, { integer: true, min: 0 });
  expectNumber(functionName, `${prefix}threshold`, threshold, { min: 0 });
  expectOneOf(functionName, `${prefix}thresholdMode`, thresholdMode, ["relative", "absolute"]);
  expectNumber(functionName, `${prefix}cooldown`, cooldown, { integer: true, min: 0 });
  expectNumber(functionName, `${prefix}minimum`, minimum, { min: 0 });
  expectNumber(functionName, `${prefix}epsilon`, epsilon, { min: 0 });
  return { kind, factor, patience, threshold, thresholdMode, cooldown, minimum, epsilon };
}
