import type { EvaluateOptions, EvaluationCase, EvaluationMetric } from "@ddl/metrics";
import { diceScore, EvaluationError, evaluate, evaluationFromJson, evaluationToCsv, summarize } from "@ddl/metrics";
import { layouts, mask } from "@ddl/testing";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

const labels = (...rows: string[]) => ({
  data: Uint8Array.from(rows.join(""), Number),
  shape: [rows.length, rows[0]!.length],
});
const dice: EvaluationMetric = (r, p) => diceScore(r, p);
/** One pixel a case and class, whose value stands for the score. */
const scores = (rows: number[][]): { cases: EvaluationCase[]; options: EvaluateOptions } => {
  const classes = Object.fromEntries(rows[0]!.map((_, k) => [k + 1, `class ${k + 1}`]));
  let call = 0;
  return {
    cases: rows.map((_, k) => ({ id: `case ${k}`, reference: labels("0"), prediction: labels("0") })),
    options: { classes, metrics: { score: () => rows.flat()[call++]! } },
  };
};

describe("evaluate", () => {
  const cases: EvaluationCase[] = [
    { id: "a", reference: labels("0112", "0110"), prediction: labels("0012", "0112"), spacing: [3, 2] },
    { id: "b", reference: labels("110"), prediction: labels("100") },
  ];

  test("gives every class of every case to every metric as a mask of 0 and 1", async () => {
    const seen: unknown[] = [];
    const metric: EvaluationMetric = (r, p, context) =>
      seen.push([[...r.data].join(""), [...p.data].join(""), r.shape, context]);
    const { perClass } = await evaluate(cases, { metrics: { dice, metric }, classes: { 2: "core", 1: "edema" } });
    expect(seen).toEqual([
      ["01100110", "00100110", [2, 4], { spacing: [3, 2] }],
      ["00010000", "00010001", [2, 4], { spacing: [3, 2] }],
      ["110", "100", [1, 3], {}],
      ["000", "000", [1, 3], {}],
    ]);
    expect(perClass["edema"]!["dice"]).toMatchObject({ count: 2, undefined: 0, min: 2 / 3, max: 6 / 7 });
    expect(perClass["core"]!["dice"]).toMatchObject({ count: 1, undefined: 1, mean: 2 / 3 });
  });

  test("names classes by number, with the background if asked", async () => {
    const of = async (options: Partial<EvaluateOptions>) => {
      const pixels: EvaluateOptions["metrics"] = { pixels: (r) => r.data.reduce((sum, value) => sum + value, 0) };
      const evaluation = await evaluate([cases[0]!], { metrics: pixels, ...options });
      return evaluation.cases[0]!.scores;
    };
    expect(await of({ classes: 3 })).toEqual({ 1: { pixels: 4 }, 2: { pixels: 1 } });
    expect(await of({ classes: 3, background: true })).toEqual({
      background: { pixels: 3 },
      1: { pixels: 4 },
      2: { pixels: 1 },
    });
    expect(await of({ classes: { 0: "air", 1: "one", 2: "two" } })).toMatchObject({ air: { pixels: 3 } });
    expect(await of({})).toEqual({ foreground: { pixels: 5 } });
    expect(await of({ background: true })).toEqual({ background: { pixels: 3 }, foreground: { pixels: 5 } });
  });

  test("takes a record's entries as metrics of their own, and results that are awaited", async () => {
    const both: EvaluationMetric = async (r) => ({ first: r.data[1]!, second: 7 });
    const evaluation = await evaluate(cases, { metrics: { both, dice }, classes: 3 });
    expect(evaluation.metrics).toEqual(["first", "second", "dice"]);
    expect([...evaluation.values["1"]!["first"]!]).toEqual([1, 1]);
    expect(evaluation.overall["second"]).toMatchObject({ mean: 7, count: 2 });
  });

  test("takes every memory layout and leaves it as it was", async () => {
    for (const [name, array] of layouts(ndarray(Uint8Array.of(0, 1, 0, 1, 1, 0), [2, 3]))) {
      const before = [...(array.data as Uint8Array)];
      const found = { data: Uint8Array.of(0, 1, 0, 0, 0, 1), shape: [2, 3] };
      const { overall } = await evaluate([{ id: name, reference: array, prediction: found }], { metrics: { dice } });
      expect(overall["dice"]!.mean, name).toBe(2 / 5);
      expect([...(array.data as Uint8Array)]).toEqual(before);
    }
  });

  test("holds one case at a time", async () => {
    const trace: string[] = [];
    async function* reading() {
      for (const id of ["a", "b"]) {
        trace.push(`read ${id}`);
        yield { id, reference: mask("#."), prediction: mask("##") };
      }
    }
    const onProgress = ({ done, id }: { done: number; id: string }) => trace.push(`${done} done with ${id}`);
    await evaluate(reading(), { metrics: { dice }, onProgress });
    expect(trace).toEqual(["read a", "1 done with a", "read b", "2 done with b"]);
  });

  test("keeps all values of many cases in their order", async () => {
    const rows = Array.from({ length: 100 }, (_, k) => [k / 7, -k]);
    const many = scores(rows);
    const { values } = await evaluate(many.cases, many.options);
    expect([...values["class 1"]!["score"]!]).toEqual(rows.map(([first]) => first));
    expect([...values["class 2"]!["score"]!]).toEqual(rows.map(([, second]) => second));
  });

  test("takes the spacing of the options where a case has none", async () => {
    const metrics: EvaluateOptions["metrics"] = { first: (_r, _p, { spacing }) => spacing![0]! };
    const { values } = await evaluate(cases, { metrics, classes: 3, spacing: [5, 0.5] });
    expect([...values["1"]!["first"]!]).toEqual([3, 5]);
  });
});

describe("reductions, on the rows [.9, nan, .7], [.8, .6, nan], [nan, nan, nan]", () => {
  const nan = Number.NaN;
  const { cases, options } = scores([
    [0.9, nan, 0.7],
    [0.8, 0.6, nan],
    [nan, nan, nan],
  ]);
  const overall = async (more: Partial<EvaluateOptions>) => {
    const fresh = scores([[0.9, nan, 0.7], [0.8, 0.6, nan], [nan, nan, nan]]); // biome-ignore format: a table
    return (await evaluate(cases, { ...options, ...fresh.options, ...more })).overall["score"]!;
  };

  test("first over classes, as MONAI's mean: 0.75", async () => {
    const result = await overall({});
    expect(result.mean).toBeCloseTo(0.75, 15);
    expect(result).toMatchObject({
      count: 2,
      undefined: 1,
      reduction: ["class", "case"],
      dropped: { class: 5, case: 1 },
    });
  });

  test("first over cases, as the mean of MONAI's mean_batch: 0.71667", async () => {
    const result = await overall({ reduction: ["case", "class"] });
    expect(result.mean).toBeCloseTo((0.85 + 0.6 + 0.7) / 3, 15);
    expect(result).toMatchObject({ count: 3, undefined: 0, dropped: { case: 5, class: 0 } });
  });

  test("without skipping, undefined", async () => {
    expect(await overall({ undefinedScores: "nan" })).toMatchObject({
      mean: nan,
      q3: nan,
      undefined: 3,
      dropped: { class: 0, case: 0 },
    });
  });

  test("an infinite score makes the mean infinite and is counted", async () => {
    const one = scores([[1], [Number.POSITIVE_INFINITY], [3], [4], [5]]);
    const { overall: all } = await evaluate(one.cases, one.options);
    expect(all["score"]).toMatchObject({
      mean: Number.POSITIVE_INFINITY,
      infinite: 1,
      median: 4,
      q1: 3,
      q3: 5,
      standardDeviation: nan,
    });
  });
});

test("the standard deviation is that of a sample", () => {
  expect(summarize([2, 4, 9]).standardDeviation).toBeCloseTo(Math.sqrt((9 + 1 + 16) / 2), 15);
  expect(summarize([2]).standardDeviation).toBeNaN();
  expect(summarize([]).standardDeviation).toBeNaN();
});

describe("JSON and CSV", () => {
  const special = [0.1 + 0.2, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.5];

  test("JSON comes back to the bit, NaN and infinities as strings", async () => {
    const { cases, options } = scores(special.map((value) => [value, 1 - value]));
    const evaluation = await evaluate(cases, options);
    const text = JSON.stringify(evaluation);
    expect(text).toContain('{"id":"case 1","scores":{"class 1":{"score":"NaN"},"class 2":{"score":"NaN"}}}');
    const back = evaluationFromJson(text);
    expect(back.values).toEqual(evaluation.values);
    expect(back.overall).toEqual(evaluation.overall);
    expect(back.perClass).toEqual(evaluation.perClass);
    expect(JSON.stringify(evaluationFromJson(JSON.parse(text)))).toBe(text);
  });

  test.each([
    ["{"],
    ['{"cases":[]}'],
    [null],
    ['{"classes":["a"],"metrics":["m"],"cases":[{"id":"x","scores":{"a":{"m":"high"}}}]}'],
  ])("refuses %s", (json) =>
    expect(() => evaluationFromJson(json)).toThrow(/^evaluationFromJson: json is no evaluation: /),
  );

  test("CSV has a line for each case and class, quoted where it must be", async () => {
    const cases = ['a,"1"', "b"].map((id) => ({ id, reference: mask("##."), prediction: mask("#..") }));
    cases.push({ id: "c", reference: mask("..."), prediction: mask("...") });
    const evaluation = await evaluate(cases, { metrics: { dice, far: () => Number.POSITIVE_INFINITY } });
    expect(evaluationToCsv(evaluation)).toBe(
      'case,class,dice,far\r\n"a,""1""",foreground,0.6666666666666666,Infinity\r\n' +
        "b,foreground,0.6666666666666666,Infinity\r\nc,foreground,NaN,Infinity\r\n",
    );
    expect(evaluationToCsv(evaluation, { table: "summary" }).split("\r\n").slice(0, 4)).toEqual([
      "class,metric,reduction,count,undefined,infinite,mean,standardDeviation,median,q1,q3,min,max",
      `foreground,dice,,2,1,0,${2 / 3},0,${2 / 3},${2 / 3},${2 / 3},${2 / 3},${2 / 3}`,
      "foreground,far,,3,0,3,Infinity,NaN,Infinity,Infinity,Infinity,Infinity,Infinity",
      `overall,dice,class then case,2,1,0,${2 / 3},0,${2 / 3},${2 / 3},${2 / 3},${2 / 3},${2 / 3}`,
    ]);
    expect(() => evaluationToCsv(evaluation, { table: "all" as "cases" })).toThrow(
      'evaluationToCsv: table must be one of "cases", "summary"; received "all".',
    );
  });

  test("any scores come back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.double(), fc.double()), { minLength: 1, maxLength: 40 }), async (rows) => {
        const { cases, options } = scores(rows.map((row) => row.map((value) => value + 0)));
        const evaluation = await evaluate(cases, options);
        const { values } = evaluationFromJson(JSON.stringify(evaluation));
        expect([0, 1].map((k) => [...values[`class ${k + 1}`]!["score"]!])).toEqual(
          [0, 1].map((k) => rows.map((row) => row[k]! + 0)),
        );
      }),
    );
  });
});

describe("what fails", () => {
  const cases = ["a", "b", "c"].map((id, k) => ({
    id,
    reference: mask("##..", "...."),
    prediction: mask("#...".slice(0, 4), k === 1 ? "#..." : "...."),
  }));
  const picky: EvaluationMetric = (_r, p) => {
    if (p.data[4] === 1) throw new Error("second row");
    return 1;
  };
  const failure = { id: "b", class: "foreground", metric: "picky", message: "second row" };

  test("is named, with all that was computed", async () => {
    const error = await evaluate(cases, { metrics: { dice, picky } }).catch((caught) => caught);
    expect(error).toBeInstanceOf(EvaluationError);
    expect(error.message).toBe("evaluate: metric picky of case b, class foreground, failed: second row");
    expect(error.cause).toEqual(new Error("second row"));
    expect(error.partial.ids).toEqual(["a", "b"]);
    expect([...error.partial.values.foreground.dice]).toEqual([2 / 3, 1 / 2]);
    expect([...error.partial.values.foreground.picky]).toEqual([1, Number.NaN]);
    expect(error.partial.failures).toEqual([failure]);
  });

  test("is recorded and counted as undefined, if asked", async () => {
    const evaluation = await evaluate(cases, { metrics: { picky, dice }, onError: "record" });
    expect(evaluation.failures).toEqual([failure]);
    expect(evaluation.overall["picky"]).toMatchObject({ count: 2, undefined: 1, mean: 1 });
    expect(evaluation.overall["dice"]).toMatchObject({ count: 3, undefined: 0 });
  });

  test("a case whose arrays do not fit is recorded too", async () => {
    const wrong = { id: "wrong", reference: mask("#."), prediction: mask("#..") };
    const message = "evaluate: prediction must have the shape of reference, [1, 2]; received [1, 3].";
    const evaluation = await evaluate([wrong, ...cases], { metrics: { dice }, onError: "record" });
    expect(evaluation.failures).toEqual([{ id: "wrong", class: null, metric: null, message }]);
    expect([...evaluation.values["foreground"]!["dice"]!]).toEqual([Number.NaN, 2 / 3, 1 / 2, 2 / 3]);
    await expect(evaluate([wrong], { metrics: { dice } })).rejects.toThrow(`evaluate: case wrong failed: ${message}`);
  });

  test("an error while reading keeps the cases before", async () => {
    function* reading() {
      yield cases[0]!;
      throw new Error("disk gone");
    }
    const error = await evaluate(reading(), { metrics: { dice } }).catch((caught) => caught);
    expect(error.message).toBe("evaluate: stopped after 1 cases: disk gone");
    expect(error.partial.ids).toEqual(["a"]);
  });

  test.each<[string, Partial<EvaluationCase>, Partial<EvaluateOptions>]>([
    [
      "evaluate: reference must hold no NaN; received NaN. This is element 1.",
      { reference: [0, Number.NaN], prediction: [0, 1] },
      {},
    ],
    [
      "evaluate: prediction must hold only the labels 0, 1, 4; received 2. This is element 2.",
      { reference: [0, 1, 4], prediction: [1, 4, 2] },
      { classes: { 1: "x", 4: "y" } },
    ],
    [
      "evaluate: spacing must have 1 entry, one an axis; received [1, 2].",
      { reference: [1], prediction: [1] },
      { spacing: [1, 2] },
    ],
    ["evaluate: reference must have at least one element; received [0].", { reference: [], prediction: [] }, {}],
  ])("%s", async (message, arrays, options) => {
    const one = { id: "x", ...arrays } as EvaluationCase;
    await expect(evaluate([one], { metrics: { dice }, ...options })).rejects.toThrow(
      `evaluate: case x failed: ${message}`,
    );
  });

  test.each<[string, Partial<EvaluateOptions>]>([
    [
      "metrics.odd must return a number or a record of numbers; received undefined.",
      { metrics: { odd: (() => undefined) as never } },
    ],
    [
      'metrics.odd, entry x, must return a number or a record of numbers; received "1".',
      { metrics: { odd: () => ({ x: "1" }) } },
    ],
    [
      'metrics.odd must give names that metrics.dice does not; received "dice".',
      { metrics: { dice, odd: () => ({ dice: 1 }) } },
    ],
  ])("%s", async (message, options) => {
    await expect(evaluate(cases, { metrics: {}, ...options })).rejects.toThrow(
      `evaluate: metric odd of case a, class foreground, failed: evaluate: ${message}`,
    );
  });

  test.each<[string, unknown]>([
    ["metrics must be a record of at least one function; received {}.", { metrics: {} }],
    ["metrics must be a record of at least one function; received { dice }.", { metrics: { dice: 1 } }],
    ["classes must be an integer ≥ 2; received 1.", { metrics: { dice }, classes: 1 }],
    ["each key of classes must be an integer ≥ 0; received NaN.", { metrics: { dice }, classes: { edema: 1 } }],
    [
      'classes must have at least one class, each of another name; received ["a", "a"].',
      { metrics: { dice }, classes: { 1: "a", 2: "a" } },
    ],
    [
      'reduction must be one of "class,case", "case,class"; received "case".',
      { metrics: { dice }, reduction: ["case"] },
    ],
    ['onError must be one of "throw", "record"; received "ignore".', { metrics: { dice }, onError: "ignore" }],
    ["background must be true or false; received 1.", { metrics: { dice }, background: 1 }],
  ])("options: %s", async (message, options) => {
    await expect(evaluate(cases, options as EvaluateOptions)).rejects.toThrow(
      expect.objectContaining({ message: `evaluate: ${message}` }),
    );
  });

  test("two cases of one name", async () => {
    await expect(evaluate([cases[0]!, cases[0]!], { metrics: { dice } })).rejects.toThrow(
      'evaluate: stopped after 1 cases: evaluate: id must be a string, another one for each case; received "a".',
    );
  });
});

describe("aborting", () => {
  test("stops between metrics and closes the source", async () => {
    const controller = new AbortController();
    let closed = false;
    function* reading() {
      try {
        for (let k = 0; ; k++) yield { id: String(k), reference: mask("#."), prediction: mask("##") };
      } finally {
        closed = true;
      }
    }
    const reason = new Error("enough");
    const onProgress = ({ done }: { done: number }) => done === 3 && controller.abort(reason);
    await expect(
      evaluate(reading(), { metrics: { dice }, signal: controller.signal, onProgress: onProgress as never }),
    ).rejects.toBe(reason);
    expect(closed).toBe(true);
  });

  test("is the reason, whatever fails meanwhile", async () => {
    const controller = new AbortController();
    const metric = () => {
      controller.abort("stop");
      throw new Error("late");
    };
    const cases = [{ id: "a", reference: [1], prediction: [1] }];
    await expect(evaluate(cases, { metrics: { metric }, signal: controller.signal })).rejects.toBe("stop");
  });

  test("a timer gets through while the cases are in memory", async () => {
    function* endless() {
      for (let k = 0; k < 1e7; k++) yield { id: String(k), reference: mask("#."), prediction: mask("##") };
    }
    const signal = AbortSignal.timeout(60);
    const error = await evaluate(endless(), { metrics: { dice }, signal }).catch((caught) => caught);
    expect(error.name).toBe("TimeoutError");
    expect(error).toBe(signal.reason);
  });
});
