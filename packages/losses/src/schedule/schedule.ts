import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";

/** A value for each epoch, from 0. */
export type Schedule = (epoch: number) => number;

/** Options of each kind of {@link schedule}. */
export interface ScheduleOptions {
  /** The same in every epoch. */
  constant: { value: number };
  /** In a straight line from `from` in epoch 0 to `to` in epoch `epochs`, which stays. */
  linear: { from: number; to: number; epochs: number };
  /** In half a cosine wave from `from` in epoch 0 to `to` in epoch `epochs`, which stays. */
  cosine: { from: number; to: number; epochs: number };
  /** `from`, multiplied by `factor` after each `every` epochs. */
  step: { from: number; factor: number; every: number };
  /** `from`, and `by` more each epoch, up to `limit` (default: no limit): by default Kervadec's weight of the boundary loss, 0.01, 0.02, … */
  increase: { from?: number; by?: number; limit?: number };
  /** As `increase`, up to 0.99: Kervadec's α in (1 − α)·region + α·boundary. */
  rebalance: { from?: number; by?: number; limit?: number };
}

/**
 * A weight that depends on the epoch alone: a pure function, to be read once an epoch.
 *
 * | kind | value in epoch e |
 * | --- | --- |
 * | `constant` | value |
 * | `linear` | from + (to − from)·min(e/epochs, 1) |
 * | `cosine` | from + (to − from)·(1 − cos(π·min(e/epochs, 1)))/2 |
 * | `step` | from · factor^⌊e/every⌋ |
 * | `increase` | min(from + by·e, limit); defaults 0.01, 0.01, none |
 * | `rebalance` | the same; defaults 0.01, 0.01, 0.99 |
 *
 * @throws ArgumentError for an unknown kind or option; RangeArgumentError for an option that is missing or no number, `epochs` or `every`
 *   that is no integer ≥ 1, a limit below `from`, and, from the schedule, an epoch that is no integer ≥ 0
 * @example
 * ```ts
 * const alpha = schedule("rebalance");
 * const region = scheduled(diceLoss, (epoch) => 1 - alpha(epoch));
 * const boundary = scheduled(boundaryLoss, alpha);
 * ```
 *
 * Source of the last two: Kervadec et al. 2019 (`kervadec2019`).
 */
export function schedule<K extends keyof ScheduleOptions>(
  kind: K,
  ...[options]: Record<never, never> extends ScheduleOptions[K] ? [ScheduleOptions[K]?] : [ScheduleOptions[K]]
): Schedule {
  const name = "schedule";
  expectOneOf(name, "kind", kind, ["constant", "linear", "cosine", "step", "increase", "rebalance"]);
  const value = formulaOf(kind, (options ?? {}) as Record<string, number>);
  return (epoch) => value(expectNumber(name, "epoch", epoch, { integer: true, min: 0 }));
}

function formulaOf(kind: keyof ScheduleOptions, options: Record<string, number>): Schedule {
  const name = "schedule";
  const number = (key: string, fallback?: number) => expectNumber(name, key, options[key] ?? fallback);
  const count = (key: string) => expectNumber(name, key, options[key], { integer: true, min: 1 });
  switch (kind) {
    case "constant": {
      expectOptions(name, options, ["value"]);
      const value = number("value");
      return () => value;
    }
    case "linear":
    case "cosine": {
      expectOptions(name, options, ["from", "to", "epochs"]);
      const [from, to, epochs] = [number("from"), number("to"), count("epochs")];
      return (epoch) => {
        if (epoch >= epochs) return to;
        const share = epoch / epochs;
        return from + (to - from) * (kind === "linear" ? share : (1 - Math.cos(Math.PI * share)) / 2);
      };
    }
    case "step": {
      expectOptions(name, options, ["from", "factor", "every"]);
      const [from, factor, every] = [number("from"), number("factor"), count("every")];
      return (epoch) => from * factor ** Math.floor(epoch / every);
    }
    default: {
      expectOptions(name, options, ["from", "by", "limit"]);
      const [from, by] = [number("from", 0.01), expectNumber(name, "by", options["by"] ?? 0.01, { min: 0 })];
      const bound = options["limit"] ?? (kind === "rebalance" ? 0.99 : undefined);
      const limit = bound === undefined ? Number.POSITIVE_INFINITY : expectNumber(name, "limit", bound, { min: from });
      return (epoch) => Math.min(from + by * epoch, limit);
    }
  }
}
