import { zeros } from "@ddl/core";
import {
  createMorphologicalChanVese,
  createMorphologicalGeodesicActiveContour,
  inverseGaussianGradient,
  morphologicalChanVese,
  morphologicalGeodesicActiveContour,
} from "@ddl/snakes";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

const image = ndarray(
  Float64Array.from({ length: 35 }, (_, i) => (i * 7) % 11),
  [5, 7],
);
const chanVese = (options: object) => () => morphologicalChanVese(image, 1, options);
const contour = (options: object) => () => morphologicalGeodesicActiveContour(image, 1, options);
const edges = (options: object) => () => inverseGaussianGradient(image, options);

function poisoned(value: number) {
  const bad = ndarray(image.data.slice(), [5, 7]);
  bad.set(1, 4, value);
  return bad;
}

const every = [
  ["morphologicalChanVese", "image", (bad: typeof image) => morphologicalChanVese(bad, 1)],
  ["createMorphologicalChanVese", "image", (bad: typeof image) => createMorphologicalChanVese(bad)],
  [
    "morphologicalGeodesicActiveContour",
    "gradientImage",
    (bad: typeof image) => morphologicalGeodesicActiveContour(bad, 1),
  ],
  [
    "createMorphologicalGeodesicActiveContour",
    "gradientImage",
    (bad: typeof image) => createMorphologicalGeodesicActiveContour(bad),
  ],
  ["inverseGaussianGradient", "image", (bad: typeof image) => inverseGaussianGradient(bad)],
] as const;

describe.each(every)("%s", (name, argument, call) => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("names a pixel of %d", (value) => {
    const message = `${name}: ${argument} must contain only finite numbers; received ${value}. The first other value is at index [1, 4].`;
    expect(() => call(poisoned(value))).toThrow(expect.objectContaining({ message }));
  });

  test("names the shape of another rank, and of no pixels", () => {
    for (const shape of [[4], [2, 3, 4, 5]]) {
      const message = `${name}: ${argument} must have 2 or 3 dimensions; received [${shape.join(", ")}].`;
      expect(() => call(zeros(Float64Array, shape))).toThrow(expect.objectContaining({ message }));
    }
    for (const shape of [
      [0, 4],
      [3, 0, 2],
    ]) {
      expect(() => call(zeros(Float64Array, shape))).toThrow(
        expect.objectContaining({
          message: `${name}: ${argument} must have at least one element; received [${shape.join(", ")}].`,
        }),
      );
    }
  });
});

describe("options", () => {
  test.each([
    [
      chanVese({ initial: zeros(Uint8Array, [7, 5]) }),
      "morphologicalChanVese: initial must have shape [5, 7]; received [7, 5].",
    ],
    [
      chanVese({ regionOfInterest: zeros(Uint8Array, [7, 5]) }),
      "morphologicalChanVese: regionOfInterest must have shape [5, 7]; received [7, 5].",
    ],
    [
      () => morphologicalChanVese(zeros(Float64Array, [3, 4, 2]), 1, { channelAxis: 3 }),
      "morphologicalChanVese: channelAxis must be an integer ≥ -3 and ≤ 2; received 3.",
    ],
    [chanVese({ channelAxis: -1 }), "morphologicalChanVese: image must have 3 or 4 dimensions; received [5, 7]."],
    [
      () => morphologicalChanVese(zeros(Float64Array, [3, 4, 0]), 1, { channelAxis: -1 }),
      "morphologicalChanVese: channels of image must be a finite number ≥ 1; received 0.",
    ],
    [chanVese({ lambda1: 0 }), "morphologicalChanVese: lambda1 must be a finite number > 0; received 0."],
    [chanVese({ lambda2: Number.NaN }), "morphologicalChanVese: lambda2 must be a finite number > 0; received NaN."],
    [chanVese({ smoothing: 1.5 }), "morphologicalChanVese: smoothing must be an integer ≥ 0; received 1.5."],
    [chanVese({ phase: -1 }), "morphologicalChanVese: phase must be one of 0, 1; received -1."],
    [
      chanVese({ stopWhenStable: "yes" }),
      'morphologicalChanVese: stopWhenStable must be true or false; received "yes".',
    ],
    [
      chanVese({ spacing: [1, 2] }),
      'morphologicalChanVese: options must have only the keys initial, phase, regionOfInterest, channelAxis, smoothing, lambda1, lambda2, stopWhenStable, onProgress, signal; received "spacing".',
    ],
    [
      () => morphologicalChanVese(image, Number.POSITIVE_INFINITY),
      "morphologicalChanVese: iterations must be an integer ≥ 0; received Infinity.",
    ],
    [
      () => createMorphologicalChanVese(image, { stopWhenStable: true } as object),
      'createMorphologicalChanVese: options must have only the keys initial, phase, regionOfInterest, channelAxis, smoothing, lambda1, lambda2; received "stopWhenStable".',
    ],
    [
      contour({ initial: "ball" }),
      'morphologicalGeodesicActiveContour: initial must be "checkerboard", "disk" or an ndarray; received "ball".',
    ],
    [
      contour({ initial: zeros(Uint8Array, [5, 7, 1]) }),
      "morphologicalGeodesicActiveContour: initial must have shape [5, 7]; received [5, 7, 1].",
    ],
    [
      contour({ regionOfInterest: zeros(Uint8Array, [5, 6]) }),
      "morphologicalGeodesicActiveContour: regionOfInterest must have shape [5, 7]; received [5, 6].",
    ],
    [contour({ smoothing: -1 }), "morphologicalGeodesicActiveContour: smoothing must be an integer ≥ 0; received -1."],
    [
      contour({ balloon: Number.NaN }),
      "morphologicalGeodesicActiveContour: balloon must be a finite number; received NaN.",
    ],
    [
      contour({ threshold: Number.POSITIVE_INFINITY }),
      "morphologicalGeodesicActiveContour: threshold must be a finite number; received Infinity.",
    ],
    [
      contour({ threshold: "otsu" }),
      'morphologicalGeodesicActiveContour: threshold must be a finite number; received "otsu".',
    ],
    [contour({ phase: 0.5 }), "morphologicalGeodesicActiveContour: phase must be one of 0, 1; received 0.5."],
    [
      contour({ spacing: [1, 0] }),
      "morphologicalGeodesicActiveContour: spacing must be a finite number > 0; received 0.",
    ],
    [
      contour({ spacing: [1, 2, 3] }),
      "morphologicalGeodesicActiveContour: spacing must have 2 entries, one an axis; received [1, 2, 3].",
    ],
    [
      contour({ spacing: [Number.NaN, 1] }),
      "morphologicalGeodesicActiveContour: spacing must be a finite number > 0; received NaN.",
    ],
    [
      contour({ stopWhenStable: 0 }),
      "morphologicalGeodesicActiveContour: stopWhenStable must be true or false; received 0.",
    ],
    [
      contour({ lambda1: 1 }),
      'morphologicalGeodesicActiveContour: options must have only the keys initial, phase, regionOfInterest, spacing, smoothing, threshold, balloon, stopWhenStable, onProgress, signal; received "lambda1".',
    ],
    [edges({ alpha: Number.NaN }), "inverseGaussianGradient: alpha must be a finite number ≥ 0; received NaN."],
    [edges({ alpha: -0.5 }), "inverseGaussianGradient: alpha must be a finite number ≥ 0; received -0.5."],
    [edges({ sigma: 0 }), "inverseGaussianGradient: sigma must be a finite number ≥ 1e-9 and ≤ 250000; received 0."],
    [
      edges({ sigma: Number.POSITIVE_INFINITY }),
      "inverseGaussianGradient: sigma must be a finite number ≥ 1e-9 and ≤ 250000; received Infinity.",
    ],
    [
      edges({ truncate: 3 }),
      'inverseGaussianGradient: options must have only the keys alpha, sigma; received "truncate".',
    ],
  ])("out of range %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});

describe.each([
  ["morphologicalChanVese", morphologicalChanVese],
  ["morphologicalGeodesicActiveContour", morphologicalGeodesicActiveContour],
] as const)("the signal of %s", (_name, run) => {
  test("raised before: nothing is done", () => {
    let calls = 0;
    const onProgress = () => calls++;
    expect(() => run(image, 5, { signal: AbortSignal.abort(new Error("too late")), onProgress })).toThrow("too late");
    expect(() => run(image, 0, { signal: AbortSignal.abort(new Error("too late")) })).toThrow("too late");
    expect(calls).toBe(0);
  });

  test("raised mid-way: the iteration is the last", () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ iteration }: { iteration: number }) => {
      seen.push(iteration);
      if (iteration === 2) controller.abort(new Error("enough"));
    };
    expect(() => run(image, 9, { signal: controller.signal, onProgress })).toThrow("enough");
    expect(seen).toEqual([1, 2]);
  });
});
