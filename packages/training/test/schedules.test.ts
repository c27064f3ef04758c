import type { LearningRateSchedule, ScheduleOptions } from "@ddl/training";
import { createSchedule } from "@ddl/training";
import { describe, expect, test } from "vitest";
import golden from "./goldens/schedules.json" with { type: "json" };

interface Case {
  options: ScheduleOptions;
  rates: number[];
  mode?: "min" | "max";
  scores?: number[];
}
const cases = golden.cases as Case[];
const { learningRate } = golden;

const created = ({ options, mode = "min" }: Case): LearningRateSchedule =>
  createSchedule(options, { learningRate, mode });

describe("createSchedule", () => {
  test.each(cases)("$options has torch's rates", (one) => {
    const schedule = created(one);
    for (const [k, rate] of one.rates.entries()) {
      expect(Math.abs(schedule.learningRate - rate), `after ${k}: ${schedule.learningRate} for ${rate}`).toBeLessThan(
        1e-12,
      );
      schedule.advance(one.scores?.[k]);
    }
  });

  test.each(cases)("$options goes on from its state, through JSON", (one) => {
    for (const stop of [1, 4, 7]) {
      const whole = created(one);
      for (let k = 0; k < stop; k++) whole.advance(one.scores?.[k]);
      const resumed = created(one);
      resumed.restore(JSON.parse(JSON.stringify(whole.save())));
      for (let k = stop; k < one.rates.length; k++) {
        expect(resumed.learningRate).toBe(whole.learningRate);
        whole.advance(one.scores?.[k]);
        resumed.advance(one.scores?.[k]);
      }
    }
  });

  test("stays what it was at the end, and takes its length from the epochs", () => {
    for (const kind of ["cosine", "poly"] as const) {
      const schedule = createSchedule({ kind }, { learningRate, epochs: 4 });
      expect(schedule.every).toBe("epoch");
      for (let k = 0; k < 4; k++) {
        expect(schedule.learningRate).toBeGreaterThan(0);
        schedule.advance();
      }
      for (let k = 0; k < 3; k++, schedule.advance()) expect(schedule.learningRate).toBe(0);
    }
    const cycle = createSchedule({ kind: "oneCycle", total: 8 }, { learningRate });
    expect(cycle.every).toBe("update");
    for (let k = 0; k < 20; k++) cycle.advance();
    expect(cycle.learningRate).toBeCloseTo(learningRate / 25 / 1e4, 12);
  });

  test("a plateau takes a value that is missing or NaN for no improvement", () => {
    const schedule = createSchedule({ kind: "plateau", patience: 1 }, { learningRate });
    for (const score of [1, undefined, Number.NaN]) schedule.advance(score);
    expect(schedule.learningRate).toBeCloseTo(learningRate / 10, 12);
  });

  test.each<[unknown, string]>([
    [undefined, 'kind must be one of "constant", "cosine", "poly", "oneCycle", "plateau"; received undefined.'],
    [{ kind: "step" }, 'kind must be one of "constant", "cosine", "poly", "oneCycle", "plateau"; received "step".'],
    [
      { kind: "constant", total: 3 },
      'options must have only the keys kind, every, warmup, warmupFrom; received "total".',
    ],
    [{ kind: "cosine", every: "batch", total: 3 }, 'every must be one of "update", "epoch"; received "batch".'],
    [{ kind: "cosine", every: "update" }, "total must be an integer ≥ 1; received undefined."],
    [{ kind: "cosine", total: 5, warmup: 5 }, "total must be an integer ≥ 6; received 5."],
    [
      { kind: "cosine", total: 5, power: 1 },
      'options must have only the keys kind, every, total, warmup, warmupFrom, minimum; received "power".',
    ],
    [{ kind: "cosine", total: 5, minimum: -1 }, "minimum must be a finite number ≥ 0; received -1."],
    [{ kind: "poly", total: 5, power: 0 }, "power must be a finite number > 0; received 0."],
    [{ kind: "poly", total: 5, warmup: 1.5 }, "warmup must be an integer ≥ 0; received 1.5."],
    [{ kind: "poly", total: 5, warmupFrom: 0 }, "warmupFrom must be a finite number > 0 and ≤ 1; received 0."],
    [{ kind: "oneCycle" }, "total must be an integer ≥ 2; received undefined."],
    [{ kind: "oneCycle", total: 2 }, "riseFraction must be a finite number > 0.5 and < 1; received 0.3."],
    [
      { kind: "oneCycle", total: 9, riseFraction: 0.6, threePhases: true },
      `riseFraction must be a finite number > ${1 / 9} and ≤ 0.5; received 0.6.`,
    ],
    [{ kind: "oneCycle", total: 9, anneal: "step" }, 'anneal must be one of "cosine", "linear"; received "step".'],
    [{ kind: "oneCycle", total: 9, divisor: 0.5 }, "divisor must be a finite number ≥ 1; received 0.5."],
    [{ kind: "plateau", factor: 1 }, "factor must be a finite number > 0 and < 1; received 1."],
    [{ kind: "plateau", patience: -1 }, "patience must be an integer ≥ 0; received -1."],
    [{ kind: "plateau", thresholdMode: "rel" }, 'thresholdMode must be one of "relative", "absolute"; received "rel".'],
  ])("names what does not fit in %j", (options, message) => {
    expect(() => createSchedule(options as never, { learningRate })).toThrow(`createSchedule: ${message}`);
  });
});
