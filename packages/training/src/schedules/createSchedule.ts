import { expectBoolean, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { ScheduleState } from "../trainingState.js";
import type { Curve } from "./curves.js";
import { cosineCurve, oneCycleCurve, polyCurve, warmedUp } from "./curves.js";
import type { PlateauOptions } from "./plateau.js";
import { Plateau } from "./plateau.js";
import type { LearningRateSchedule } from "./schedule.js";

/** Options that most schedules share. */
export interface CurveOptions {
  /** What the schedule counts. Default `epoch`. */
  every?: "update" | "epoch";
  /** Epochs or updates until the end, those of the warm-up included, ≥ 1. Default, for epochs, those of the training. */
  total?: number;
  /** Epochs or updates in which the rate rises in a straight line to where the schedule begins, ≥ 0. Default 0. */
  warmup?: number;
  /** The part of the rate that the warm-up begins with, in (0, 1]. Default ⅓, as torch's LinearLR. */
  warmupFrom?: number;
}

/** Options of a schedule, by its `kind`. */
export type ScheduleOptions =
  | ({ kind: "constant" } & Omit<CurveOptions, "total">)
  | ({ kind: "cosine" /** The rate at the end, ≥ 0. Default 0. */; minimum?: number } & CurveOptions)
  | ({ kind: "poly" /** Exponent, > 0. Default 0.9. */; power?: number } & CurveOptions)
  | OneCycleOptions
  | PlateauOptions;

/** Options of the schedule that rises once and falls. */
export interface OneCycleOptions {
  kind: "oneCycle";
  /** What the schedule counts. Default `update`. */
  every?: "update" | "epoch";
  /** Updates or epochs in all, ≥ 2. */
  total?: number;
  /** Part of `total` in which the rate rises, in (1/total, 1), ½ at most with three phases. Default 0.3. */
  riseFraction?: number;
  /** The cycle begins with the optimiser's rate, its maximum, divided by this, ≥ 1. Default 25. */
  divisor?: number;
  /** It ends with the rate of its beginning divided by this, ≥ 1. Default 1e4. */
  finalDivisor?: number;
  /** Form of the phases. Default `cosine`. */
  anneal?: "cosine" | "linear";
  /** Whether the fall ends at the rate of the beginning, and a third phase leads to the end. Default false. */
  threePhases?: boolean;
}

/** What a schedule is made for. */
export interface ScheduleContext {
  /** The optimiser's, > 0. */
  learningRate: number;
  /** Epochs of the training, for schedules that are not told their `total`. */
  epochs?: number;
  /** Whether a plateau waits for smaller (default) or larger values. */
  mode?: "min" | "max";
}

/**
 * A learning rate that changes by update or epoch, with torch's values. It is called with what `fit` would give it, for training loops
 * of your own.
 *
 * | kind | rate after t of T | torch |
 * | --- | --- | --- |
 * | `constant` | lr | |
 * | `cosine` | minimum + (lr − minimum)·(1 + cos(π·t/T))/2 | CosineAnnealingLR |
 * | `poly` | lr·(1 − t/T)^power | PolynomialLR; nnU-Net has 0.9 an epoch |
 * | `oneCycle` | from lr/divisor up to lr and down to lr/(divisor·finalDivisor) | OneCycleLR with `cycle_momentum=False` |
 * | `plateau` | factor·lr after each patience + 1 epochs without improvement | ReduceLROnPlateau |
 *
 * With a warm-up of w the rate of the first three is that of torch's SequentialLR of LinearLR and the schedule for T − w. After T the rate
 * stays what it was at the end.
 *
 * @throws ArgumentError, RangeArgumentError
 * @example
 * ```ts
 * const schedule = createSchedule({ kind: "cosine", total: 100, warmup: 5 }, { learningRate: 1e-3 });
 * for (let epoch = 0; epoch < 100; epoch++, schedule.advance()) train(schedule.learningRate);
 * ```
 *
 * Sources: Loshchilov and Hutter 2017 (`loshchilov2017`), Smith and Topin 2019 (`smith2019`), Isensee et al. 2021 (`isensee2021`).
 */
export function createSchedule(options: ScheduleOptions, context: ScheduleContext): LearningRateSchedule {
  const {
    learningRate,
    epochs,
    mode = "min",
  } = expectOptions("createSchedule", context, ["learningRate", "epochs", "mode"]);
  expectNumber("createSchedule", "learningRate", learningRate, { above: 0 });
  if (epochs !== undefined) expectNumber("createSchedule", "epochs", epochs, { integer: true, min: 1 });
  expectOneOf("createSchedule", "mode", mode, ["min", "max"]);
  return scheduleFor("createSchedule", "", options, context);
}

/** {@link createSchedule} under another name in messages. */
export function scheduleFor(
  functionName: string,
  prefix: string,
  options: ScheduleOptions,
  { learningRate, epochs, mode = "min" }: ScheduleContext,
): LearningRateSchedule {
  const kinds = ["constant", "cosine", "poly", "oneCycle", "plateau"] as const;
  const kind = expectOneOf(functionName, `${prefix}kind`, (options as ScheduleOptions | null)?.kind, kinds);
  if (kind === "plateau") {
    return new Plateau(functionName, prefix, options as PlateauOptions, learningRate, mode);
  }
  const check = new Checks(functionName, prefix, options as unknown as Record<string, unknown>);
  const every = check.oneOf("every", kind === "oneCycle" ? "update" : "epoch", ["update", "epoch"]);
  if (kind === "oneCycle") {
    check.known(["every", "total", "riseFraction", "divisor", "finalDivisor", "anneal", "threePhases"]);
    const threePhases = check.boolean("threePhases", false);
    const total = check.total(every, epochs, 2);
    const settings = {
      total,
      // The rise ends at riseFraction·total − 1, which must be behind its beginning.
      riseFraction: check.number("riseFraction", 0.3, {
        above: 1 / total,
        ...(threePhases ? { max: 0.5 } : { below: 1 }),
      }),
      divisor: check.number("divisor", 25, { min: 1 }),
      finalDivisor: check.number("finalDivisor", 1e4, { min: 1 }),
      anneal: check.oneOf("anneal", "cosine", ["cosine", "linear"]),
      threePhases,
    };
    return new CurveSchedule(every, { kind, ...settings }, oneCycleCurve({ maximum: learningRate, ...settings }));
  }
  const warmup = check.number("warmup", 0, { integer: true, min: 0 });
  const warmupFrom = check.number("warmupFrom", 1 / 3, { above: 0, max: 1 });
  const warmed = { warmup, warmupFrom };
  if (kind === "constant") {
    check.known(["every", "warmup", "warmupFrom"]);
    const curve = warmedUp(learningRate, warmup, warmupFrom, () => learningRate);
    return new CurveSchedule(every, { kind, ...warmed }, curve);
  }
  check.known(["every", "total", "warmup", "warmupFrom", kind === "cosine" ? "minimum" : "power"]);
  const total = check.total(every, epochs, 1 + warmup);
  const rest = total - warmup;
  if (kind === "cosine") {
    const minimum = check.number("minimum", 0, { min: 0 });
    const curve = warmedUp(learningRate, warmup, warmupFrom, cosineCurve(learningRate, minimum, rest));
    return new CurveSchedule(every, { kind, total, minimum, ...warmed }, curve);
  }
  const power = check.number("power", 0.9, { above: 0 });
  const curve = warmedUp(learningRate, warmup, warmupFrom, polyCurve(learningRate, power, rest));
  return new CurveSchedule(every, { kind, total, power, ...warmed }, curve);
}

/** A schedule that depends on the count alone. */
class CurveSchedule implements LearningRateSchedule {
  readonly every: "update" | "epoch";
  readonly description: string;
  readonly #curve: Curve;
  #count = 0;

  constructor(every: "update" | "epoch", settings: object, curve: Curve) {
    this.every = every;
    this.description = JSON.stringify({ ...settings, every });
    this.#curve = curve;
  }

  get learningRate(): number {
    return this.#curve(this.#count);
  }

  advance(): void {
    this.#count++;
  }

  save(): ScheduleState {
    return { count: this.#count };
  }

  restore({ count }: ScheduleState): void {
    this.#count = count!;
  }
}

/** Reads options by name, checked. */
class Checks {
  readonly #functionName: string;
  readonly #prefix: string;
  readonly #options: Record<string, unknown>;

  constructor(functionName: string, prefix: string, options: Record<string, unknown>) {
    this.#functionName = functionName;
    this.#prefix = prefix;
    this.#options = options;
  }

  known(names: readonly string[]): void {
    expectOptions(this.#functionName, this.#options, ["kind", ...names]);
  }

  number(name: string, fallback: number | undefined, bounds: Parameters<typeof expectNumber>[3]): number {
    return expectNumber(this.#functionName, this.#prefix + name, this.#options[name] ?? fallback, bounds);
  }

  oneOf<T extends string>(name: string, fallback: T, allowed: readonly T[]): T {
    return expectOneOf(this.#functionName, this.#prefix + name, this.#options[name] ?? fallback, allowed);
  }

  boolean(name: string, fallback: boolean): boolean {
    return expectBoolean(this.#functionName, this.#prefix + name, this.#options[name] ?? fallback);
  }

  total(every: "update" | "epoch", epochs: number | undefined, min: number): number {
    return this.number("total", every === "epoch" ? epochs : undefined, { integer: true, min });
  }
}
