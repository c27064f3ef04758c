import {
  boundaryLoss,
  centerlineDiceLoss,
  hausdorffDistanceLoss,
  hausdorffFields,
  signedDistanceMaps,
  softSkeleton,
} from "@ddl/losses";
import { mask } from "@ddl/testing";
import { expectGradient, testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const number = async (x: Tensor): Promise<number> => (await x.data())[0]!;
/** One sample and class from rows of numbers. */
const image = (...rows: number[][]): Tensor => tf.tensor(rows.flat(), [1, rows.length, rows[0]!.length, 1]);
/** (1, classes, rows, columns) as MONAI has it, to ours. */
const channelsLast = (x: number[][][][]): Tensor => tf.transpose(tf.tensor(x), [0, 2, 3, 1]);

describe("boundaryLoss", () => {
  const target = [0, 1, 1, 1, 0];
  const prediction = [0.1, 0.8, 0.9, 0.6, 0.3];

  test("is −0.1 for the line of the paper's map 1, 0, −1, 0, 1, from masks and from maps", async () => {
    const [t, p] = [image(target), image(prediction)];
    expect(await number(boundaryLoss(t, p))).toBeCloseTo((0.1 - 0.9 + 0.3) / 5, 7);
    const maps = signedDistanceMaps({ data: target, shape: [1, 1, 5, 1] });
    const distance = tf.tensor(maps.data, maps.shape);
    expect(await number(boundaryLoss(distance, p, { target: "distance" }))).toBeCloseTo(-0.1, 7);
    expect(await number(boundaryLoss(t, p, { innerOffset: "half" }))).toBeCloseTo(
      (0.05 - 0.4 - 1.35 - 0.3 + 0.15) / 5,
      7,
    );
  });

  test("has gradient φ/n, and is 0 for an empty and for a full target", async () => {
    const gradient = tf.grad((p: Tensor) => boundaryLoss(image(target), p))(image(prediction));
    expect([...(await gradient.data())].map((g) => Math.round(g * 1e6) / 1e6)).toEqual([0.2, 0, -0.2, 0, 0.2]);
    expect(await number(boundaryLoss(tf.zeros([1, 1, 5, 1]), image(prediction)))).toBe(0);
    expect(await number(boundaryLoss(tf.ones([1, 1, 5, 1]), image(prediction)))).toBe(0);
  });

  test("reads a target once for each way to make its maps", () => {
    const t = image(target);
    let reads = 0;
    const read = t.dataSync.bind(t);
    t.dataSync = ((...words: []) => {
      reads++;
      return read(...words);
    }) as typeof t.dataSync;
    const first = boundaryLoss(t, image(prediction)).dataSync()[0];
    expect(boundaryLoss(t, image(prediction)).dataSync()[0]).toBe(first);
    expect(reads).toBe(1);
    expect(boundaryLoss(t, image(prediction), { spacing: [1, 2] }).dataSync()[0]).not.toBe(first);
    expect(reads).toBe(2);
  });

  test("leaves channel 0 out where there are others", async () => {
    const one = image(target);
    const both = tf.concat([tf.sub(1, one), one], 3);
    const p = tf.concat([image([0.9, 0.1, 0.3, 0.2, 0.6]), image(prediction)], 3);
    expect(await number(boundaryLoss(both, p))).toBeCloseTo(-0.1, 7);
    // The map of 1, 0, 0, 0, 1 is 0, 1, 2, 1, 0: (0.1 + 0.6 + 0.2) / 5, and −0.1, averaged.
    expect(await number(boundaryLoss(both, p, { includeBackground: true }))).toBeCloseTo(0.04, 7);
    expect(await number(boundaryLoss(both, p, { includeBackground: true, reduction: "sum" }))).toBeCloseTo(0.08, 7);
  });

  test("bad input is named", () => {
    const t = tf.zeros([1, 2, 3, 1]);
    expect(() => boundaryLoss(t, tf.zeros([1, 3, 2, 1]))).toThrow(
      "boundaryLoss: yPred must have the shape of yTrue, [1, 2, 3, 1]; received [1, 3, 2, 1].",
    );
    expect(() => boundaryLoss(tf.zeros([2, 3]), tf.zeros([2, 3]))).toThrow(
      "boundaryLoss: yTrue must have 3 or 4 or 5 axes (batch, …, classes); received [2, 3].",
    );
    expect(() => boundaryLoss(tf.zeros([0, 2, 3, 1]), tf.zeros([0, 2, 3, 1]))).toThrow(
      "boundaryLoss: yTrue must have at least one element; received [0, 2, 3, 1].",
    );
    expect(() => boundaryLoss(t, t, { spacing: [1, 0] })).toThrow(
      "boundaryLoss: spacing must be a finite number > 0; received 0.",
    );
    expect(() => boundaryLoss(t, t, { spacing: [1, 1], target: "distance" })).toThrow(
      'boundaryLoss: options must have no spacing and no innerOffset with target "distance"; received { spacing, target }.',
    );
    expect(() => boundaryLoss(tf.fill([1, 1, 3, 1], 2), tf.zeros([1, 1, 3, 1]))).toThrow(
      "boundaryLoss: yTrue must contain only numbers in [0, 1]; received 2. The first other value is at flat index 0.",
    );
    expect(() => boundaryLoss(t, t, { reduction: "none" as "sum" })).toThrow(
      'boundaryLoss: reduction must be one of "mean", "sum"; received "none".',
    );
    expect(() => boundaryLoss(t, t, { idc: [1] } as object)).toThrow(
      'boundaryLoss: options must have only the keys target, includeBackground, fromLogits, activation, spacing, innerOffset, reduction; received "idc".',
    );
  });
});

describe("hausdorffDistanceLoss", () => {
  const t = [0, 1, 1, 1, 0];
  const p = [0.1, 0.8, 0.9, 0.4, 0.3];

  test("is 0.264 with fields 1, 1, 2, 1, 1 and 1, 1, 1, 1, 2", async () => {
    expect(await number(hausdorffDistanceLoss(image(t), image(p)))).toBeCloseTo(0.264, 6);
    expect(await number(hausdorffDistanceLoss(image(t), image(p), { log: true }))).toBeCloseTo(Math.log(1.264), 6);
    const alone = (0.01 * 2 + 0.04 * 2 + 0.01 * 3 + 0.36 * 2 + 0.09 * 3) / 5;
    expect(await number(hausdorffDistanceLoss(image(t), image(p), { alpha: 1 }))).toBeCloseTo(alone, 6);
  });

  // The two-dimensional cases of MONAI's tests/losses/test_hausdorff_loss.py with sigmoid or softmax.
  const corner = [
    [1, -1],
    [-1, 1],
  ];
  const heads = [
    [[-1], [0], [1]],
    [[1], [0], [-1]],
  ];
  const zeros = [
    [[0], [0], [0]],
    [[0], [0], [0]],
  ];
  const labels = [
    [
      [[0], [1], [1]],
      [[1], [0], [0]],
    ],
    [
      [[0], [0], [1]],
      [[1], [1], [0]],
    ],
  ];
  const sigmoid = { activation: "sigmoid", includeBackground: true } as const;
  const softmax = { activation: "softmax", includeBackground: true } as const;
  test.each([
    [
      sigmoid,
      [[corner]],
      [
        [
          [
            [1, 0],
            [1, 1],
          ],
        ],
      ],
      0.509329,
    ],
    [
      sigmoid,
      [[corner, corner]],
      [
        [
          [
            [1, 0],
            [1, 1],
          ],
          [
            [1, 0],
            [0, 1],
          ],
        ],
      ],
      0.326994,
    ],
    [
      sigmoid,
      [[corner], [corner]],
      [
        [
          [
            [1, 1],
            [1, 1],
          ],
        ],
        [
          [
            [1, 0],
            [1, 0],
          ],
        ],
      ],
      0.455082,
    ],
    [
      { activation: "sigmoid" } as const,
      [[corner, corner]],
      [
        [
          [
            [1, 0],
            [1, 1],
          ],
          [
            [1, 0],
            [0, 1],
          ],
        ],
      ],
      0.144659,
    ],
    [softmax, [heads, zeros], labels, 0.357016],
    [{ ...softmax, reduction: "sum" } as const, [heads, zeros], labels, 1.428062],
  ])("MONAI's own case %#", async (options, logits, target, expected) => {
    const [z, v] = [channelsLast(logits), channelsLast(target)];
    expect(await number(hausdorffDistanceLoss(v, z, { ...options, fromLogits: true }))).toBeCloseTo(expected, 5);
  });

  test("MONAI's own case of two planes", async () => {
    const z = tf.tensor([1, -1, 1, -1, -1, 1, -1, 1], [1, 2, 2, 2, 1]);
    const v = tf.tensor([1, 0, 1, 0, 0, 0, 1, 1], [1, 2, 2, 2, 1]);
    expect(await number(hausdorffDistanceLoss(v, z, { fromLogits: true }))).toBeCloseTo(0.375718, 5);
  });

  test("has gradient 2(p − t)·field/n, of fields made here or before", async () => {
    const field = [1 + 1, 1 + 1, 4 + 1, 1 + 1, 1 + 4];
    const expected = p.map((value, i) => (2 * (value - t[i]!) * field[i]!) / 5);
    const fields = await hausdorffFields(image(t), image(p));
    expect([...(await fields.data())]).toEqual(field);
    for (const options of [{}, { fields }]) {
      const gradient = await tf
        .grad((x: Tensor) => hausdorffDistanceLoss(image(t), x, options))(image(p))
        .data();
      for (let i = 0; i < 5; i++) expect(gradient[i]!).toBeCloseTo(expected[i]!, 6);
    }
  });

  test("is 0, with gradient 0, where both fields are", async () => {
    const z = tf.tensor([-1, -2, -3], [1, 1, 3, 1]);
    const { value, grad } = tf.valueAndGrad((x: Tensor) =>
      hausdorffDistanceLoss(tf.zeros([1, 1, 3, 1]), x, { fromLogits: true }),
    )(z);
    expect([await number(value), ...(await grad.data())].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  testNoLeak("hausdorffFields leaves its result only", async () => {
    const [a, b] = [image(t), image(p)];
    const fields = [await hausdorffFields(a, b), await hausdorffFields(a, b, { fromLogits: true })];
    tf.dispose([a, b, ...fields]);
  });

  test("bad input is named", async () => {
    expect(() => hausdorffDistanceLoss(image(t), image([0.1, 0.2, Number.NaN, 0, 1]))).toThrow(
      "hausdorffDistanceLoss: yPred must contain only numbers in [0, 1]; received NaN. The first other value is at flat index 2.",
    );
    expect(() => hausdorffDistanceLoss(image(t), image(p), { alpha: 0 })).toThrow(
      "hausdorffDistanceLoss: alpha must be a finite number > 0; received 0.",
    );
    expect(() => hausdorffDistanceLoss(image(t), image(p), { fields: tf.zeros([1, 5]) })).toThrow(
      "hausdorffDistanceLoss: fields must have shape [1, 1, 5, 1], as hausdorffFields gives; received [1, 5].",
    );
    expect(() => hausdorffDistanceLoss(image(t), image(p), { fields: image(p), alpha: 1 })).toThrow(
      "hausdorffDistanceLoss: options must have no alpha beside fields, which have it already; received { fields, alpha }.",
    );
    await expect(hausdorffFields(image(t), image([2, 0, 0, 0, 0]))).rejects.toThrow(
      "hausdorffFields: yPred must contain only numbers in [0, 1]; received 2. The first other value is at flat index 0.",
    );
  });
});

describe("softSkeleton", () => {
  const bar = mask(".......", ".#####.", ".#####.", ".#####.", ".......");
  const x = () => tf.tensor(bar.data, [1, 5, 7, 1], "float32");

  test("of a 3×5 bar in a 5×7 field: its 3 middle pixels from one iteration on, nothing without", async () => {
    expect(await number(tf.sum(softSkeleton(x(), { iterations: 0 })))).toBe(0);
    const middle = [...mask(".......", ".......", "..###..", ".......", ".......").data];
    for (const iterations of [1, 3, 6]) expect([...(await softSkeleton(x(), { iterations }).data())]).toEqual(middle);
  });

  test("treats a volume of equal planes like a plane that touches both ends", async () => {
    const planes = tf.tile(tf.expandDims(x(), 1), [1, 4, 1, 1, 1]);
    const flat = tf.slice(softSkeleton(planes, { iterations: 0 }), [0, 1, 0, 0, 0], [1, 1, 5, 7, 1]);
    expect(await number(tf.sum(flat))).toBe(0);
    // A full image has no border: nothing outside it erodes it.
    expect(await number(tf.sum(softSkeleton(tf.ones([1, 3, 4, 5, 2]))))).toBe(0);
  });

  test("bad input is named", () => {
    expect(() => softSkeleton(tf.zeros([1, 4, 1]))).toThrow(
      "softSkeleton: x must have 4 or 5 axes (batch, …, classes); received [1, 4, 1].",
    );
    expect(() => softSkeleton(x(), { iterations: 1.5 })).toThrow(
      "softSkeleton: iterations must be an integer ≥ 0; received 1.5.",
    );
  });
});

describe("centerlineDiceLoss", () => {
  const target = () => image([0, 0, 0, 0, 0], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0]);
  const prediction = () => image([0, 0, 0, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0]);

  test("counts skeletons: lines of 4 and 3 pixels that share 2", async () => {
    const [precision, sensitivity] = [(2 + 1) / (3 + 1), (2 + 1) / (4 + 1)];
    const expected = 1 - (2 * precision * sensitivity) / (precision + sensitivity);
    expect(await number(centerlineDiceLoss(target(), prediction()))).toBeCloseTo(expected, 6);
  });

  test("is constantly 0 for one channel as in MONAI, with gradient 0, and not otherwise", async () => {
    const { value, grad } = tf.valueAndGrad((x: Tensor) => centerlineDiceLoss(target(), x, { reference: "monai" }))(
      prediction(),
    );
    expect([await number(value), ...(await grad.data())].every((x) => x === 0)).toBe(true);
    expect(await number(centerlineDiceLoss(target(), prediction(), { reference: "published" }))).toBeGreaterThan(0.3);
  });

  // tests/losses/test_cldice_loss.py of MONAI, which leaves channel 0 in there; one sample.
  const diagonal = [
    [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ],
  ];
  test.each([
    [
      "sigmoid",
      [
        [
          [
            [1, -1],
            [-1, 1],
          ],
          [
            [0.5, 0.5],
            [0.5, 0.5],
          ],
        ],
      ],
      0.192777,
    ],
    [
      "softmax",
      [
        [
          [
            [2, 0],
            [0, 2],
          ],
          [
            [-2, 0],
            [0, -2],
          ],
        ],
      ],
      0.14876,
    ],
  ] as const)("MONAI's own case with %s", async (activation, logits, expected) => {
    const options = { activation, fromLogits: true, smooth: 1e-5, includeBackground: true } as const;
    const loss = centerlineDiceLoss(channelsLast(diagonal), channelsLast(logits as never), options);
    expect(await number(loss)).toBeCloseTo(expected, 4);
  });

  test("bad input is named", () => {
    expect(() => centerlineDiceLoss(target(), prediction(), { reference: "published", iterations: 3 })).toThrow(
      'centerlineDiceLoss: options must have no iterations with reference "published"; received { reference, iterations }.',
    );
    expect(() => centerlineDiceLoss(target(), prediction(), { reference: "monai", includeBackground: true })).toThrow(
      'centerlineDiceLoss: options must have no includeBackground with reference "monai"; received { reference, includeBackground }.',
    );
    expect(() => centerlineDiceLoss(target(), prediction(), { smooth: 0 })).toThrow(
      "centerlineDiceLoss: smooth must be a finite number > 0; received 0.",
    );
  });
});

test("central differences of the definitions in float64", async () => {
  const t = [0, 1, 1, 0, 0, 1];
  const p = [0.2, 0.7, 0.4, 0.1, 0.35, 0.8];
  const fields = [3, 0.5, 2, 1.5, 4, 0.25];
  const definition = (x: number[]) => x.reduce((sum, value, i) => sum + (value - t[i]!) ** 2 * fields[i]!, 0) / 6;
  const shape = [1, 2, 3, 1];
  const constant = tf.tensor(fields, shape);
  await expectGradient((x) => hausdorffDistanceLoss(tf.tensor(t, shape), x!, { fields: constant }), definition, [
    { values: p, shape },
  ]);
  await expectGradient(
    (x) => boundaryLoss(constant, x!, { target: "distance" }),
    (x) => x.reduce((sum, value, i) => sum + value * fields[i]!, 0) / 6,
    [{ values: p, shape }],
  );
});
