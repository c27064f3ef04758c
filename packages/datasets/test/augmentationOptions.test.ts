import { Random, zeros } from "@ddl/core";
import type { AugmentationOptions, AugmentationSample } from "@ddl/datasets";
import { augment } from "@ddl/datasets";
import { describe, expect, test } from "vitest";

const sample: AugmentationSample = { image: zeros(Float32Array, [3, 4, 2]), mask: zeros(Uint8Array, [3, 4]) };

describe("bad input is named", () => {
  test.each<[options: object, message: string]>([
    [{ scale: 1 }, "augment: scale must be a finite number ≥ 0 and < 1; received 1."],
    [{ rotation: -5 }, "augment: rotation must be a finite number ≥ 0; received -5."],
    [{ flip: 1.5 }, "augment: flip must be a finite number ≥ 0 and ≤ 1; received 1.5."],
    [{ flip: true }, "augment: flip must be a finite number ≥ 0 and ≤ 1; received true."],
    [{ fill: "mirror" }, 'augment: fill must be one of "zero", "background"; received "mirror".'],
    [{ elastic: { alpha: -1, sigma: 2 } }, "augment: elastic.alpha must be a finite number ≥ 0; received -1."],
    [{ elastic: { alpha: 1, sigma: 0 } }, "augment: elastic.sigma must be a finite number > 0; received 0."],
    [{ elastic: { alpha: 1 } }, "augment: elastic.sigma must be a finite number > 0; received undefined."],
    [{ elastic: true }, "augment: elastic must be false or an object; received true."],
    [{ intensity: 0.1 }, "augment: intensity must be false or an object; received 0.1."],
    [
      { elastic: { alpha: 1, sigma: 1, beta: 1 } },
      'augment: options must have only the keys alpha, sigma; received "beta".',
    ],
    [{ intensity: { gain: 1 } }, "augment: intensity.gain must be a finite number ≥ 0 and < 1; received 1."],
    [{ intensity: { offset: Number.NaN } }, "augment: intensity.offset must be a finite number ≥ 0; received NaN."],
    [{ modalityDropout: 0.2 }, "augment: modalityDropout must be false or an object; received 0.2."],
    [
      { modalityDropout: { probability: 2 } },
      "augment: modalityDropout.probability must be a finite number ≥ 0 and ≤ 1; received 2.",
    ],
    [
      { modalityDropout: { replacement: 0.5 } },
      "augment: modalityDropout.replacement must be an integer ≥ 0; received 0.5.",
    ],
    [
      { modalityDropout: { replacement: 2 } },
      "augment: modalityDropout.replacement must be a finite number < 2; received 2.",
    ],
    [
      { angle: 15 },
      'augment: options must have only the keys scale, rotation, flip, elastic, intensity, modalityDropout, fill; received "angle".',
    ],
  ])("options %j", (options, message) => {
    const call = () => augment(sample, options as AugmentationOptions, Random.fromSeed(1));
    expect(call).toThrow(expect.objectContaining({ message }));
  });

  test.each<[sample: AugmentationSample, message: string]>([
    [{ ...sample, mask: zeros(Uint8Array, [4, 3]) }, "augment: sample.mask must have shape [3, 4]; received [4, 3]."],
    [
      { ...sample, image: zeros(Float32Array, [3, 4]) },
      "augment: sample.image must have shape [any, any, any] (rows, columns, channels); received [3, 4].",
    ],
    [
      { ...sample, image: new Float32Array(24) as never },
      "augment: sample.image must be an ndarray; received Float32Array(24).",
    ],
  ])("sample %#", (wrong, message) => {
    expect(() => augment(wrong, {}, Random.fromSeed(1))).toThrow(expect.objectContaining({ message }));
  });
});
