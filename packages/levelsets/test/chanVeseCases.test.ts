import type { AnyArray } from "@ddl/core";
import { zeros } from "@ddl/core";
import { chanVese, createChanVese } from "@ddl/levelsets";
import { mask, maskText } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

function square<T extends Float32Array | Float64Array | Uint8Array>(storage: new (length: number) => T): NdArray<T> {
  const image = ndarray(new storage(100), [10, 10]) as NdArray<T>;
  for (let y = 3; y < 6; y++) for (let x = 3; x < 6; x++) image.set(y, x, 1);
  return image;
}

function filled(shape: readonly number[], value: number): NdArray<Float64Array> {
  const result = zeros(Float64Array, shape);
  result.data.fill(value);
  return result;
}

function bits(array: NdArray<AnyArray>): string {
  return Array.from(array.data as Float64Array).join("");
}

/** The cases of scikit-image's test_chan_vese.py, with their arrays. */
describe("scikit-image's own cases", () => {
  test.each([Float32Array, Float64Array])("flat level set, %s", (storage) => {
    const image = square<Float32Array | Float64Array>(storage);
    expect(bits(chanVese(image, { mu: 0, initial: filled([10, 10], 1000) }).mask)).toBe("1".repeat(100));
    expect(bits(chanVese(image, { mu: 0, initial: filled([10, 10], -1000) }).mask)).toBe("0".repeat(100));
  });

  test("small disk, and simple shape", () => {
    const image = square(Float64Array);
    expect(bits(chanVese(image, { mu: 0, initial: "small disk" }).mask)).toBe(bits(image));
    expect(bits(chanVese(image, { mu: 0, tolerance: 1e-8 }).mask)).toBe(bits(image));
  });

  test("extended output: the kind of float follows the image", () => {
    expect(chanVese(square(Uint8Array), { mu: 0, tolerance: 1e-8 }).phi.data).toBeInstanceOf(Float64Array);
    expect(chanVese(square(Float32Array), { mu: 0, tolerance: 1e-8 }).phi.data).toBeInstanceOf(Float32Array);
    expect(chanVese(square(Float64Array), { mu: 0, tolerance: 1e-8 }).phi.data).toBeInstanceOf(Float64Array);
  });

  test("remove noise", () => {
    const rows = [".###......", "#####.....", "#####.....", "#####.....", ".###......"].map(
      (row) => `.${row.slice(0, 9)}`,
    );
    const blank = "..........";
    const wanted = mask(blank, ...rows, blank, blank, blank, blank);
    const image = mask(blank, ...rows, blank, blank, "...#......", blank);
    const found = chanVese(image, { mu: 0.3, maxIterations: 100, dt: 10, initial: "disk" }).mask;
    expect(maskText(found)).toEqual(maskText(wanted));
  });

  test("gap closing", () => {
    const wanted = zeros(Float64Array, [20, 20]);
    for (let y = 8; y < 15; y++) for (let x = 0; x < 20; x++) wanted.set(y, x, 1);
    const image = ndarray(wanted.data.slice(), [20, 20]);
    for (let y = 0; y < 20; y++) image.set(y, 6, 0);
    const found = chanVese(image, { mu: 0.7, maxIterations: 1000, dt: 1000, initial: "disk" }).mask;
    expect(bits(found)).toBe(bits(wanted));
  });

  test("blank image: with no length weight nothing moves", () => {
    const initial = zeros(Float64Array, [10, 10]);
    for (let i = 0; i < 100; i++) initial.data[i] = ((i * 37) % 100) / 100;
    const { mask: found } = chanVese(zeros(Float64Array, [10, 10]), { mu: 0, tolerance: 0, initial });
    expect(bits(found)).toBe(`0${"1".repeat(99)}`);
  });
});

describe("edge cases have a defined result", () => {
  test("one pixel: φ = 0 is outside for skimage, inside for ipol, and stays", () => {
    const one = ndarray(Float64Array.of(5), [1, 1]);
    expect(chanVese(one)).toMatchObject({ iterations: 1, converged: true });
    expect(chanVese(one).phi.data).toEqual(Float64Array.of(0));
    expect(chanVese(one).mask.data).toEqual(Uint8Array.of(0));
    // Means 5 inside and 0 outside push: φ = dt/π (0 + 25) / (1 + dt/π μ 4·10⁸), with a gradient of 1e-8 on each face.
    const { phi, iterations } = chanVese(one, { scheme: "ipol", maxIterations: 1 });
    const delta = 0.5 / Math.PI;
    expect(phi.get(0, 0)).toBeCloseTo((delta * 25) / (1 + delta * 0.25 * 4e8), 14);
    expect(iterations).toBe(1);
    expect(chanVese(ndarray(Float32Array.of(5), [1, 1, 1])).phi.data).toEqual(Float32Array.of(0));
  });

  test("a constant image of any kind, dimension and scheme stays finite", () => {
    for (const shape of [
      [1, 9],
      [7, 1],
      [5, 6],
      [3, 4, 5],
    ]) {
      for (const scheme of ["skimage", "ipol"] as const) {
        const { phi, energies } = chanVese(filled(shape, 3), { scheme, maxIterations: 6, energies: "length" });
        expect(phi.data.every(Number.isFinite)).toBe(true);
        expect(energies.every(Number.isFinite)).toBe(true);
      }
    }
  });

  test("a full or empty initial set has the other mean 0", () => {
    // Values 0 and 1, mean inside 1/4 and outside 0; φ = ±2, flat: δ = 1/5, no curvature.
    const image = ndarray(Float64Array.of(0, 1, 0, 0), [2, 2]);
    const step = (value: number, sign: number): number => 2 * sign + (0.5 / 5) * value;
    const full = chanVese(image, { mu: 0, initial: filled([2, 2], 2), maxIterations: 1 }).phi.data;
    const moves = [-1 / 16, 1 - 9 / 16, -1 / 16, -1 / 16];
    for (const [k, move] of moves.entries()) expect(full[k]).toBeCloseTo(step(move, 1), 15);
    const empty = chanVese(image, { mu: 0, initial: filled([2, 2], -2), maxIterations: 1 }).phi.data;
    for (const [k, move] of moves.entries()) expect(empty[k]).toBeCloseTo(step(-move, -1), 15);
  });

  test("scheme ipol runs at least two iterations", () => {
    const options = { scheme: "ipol", tolerance: 10 } as const;
    expect(chanVese(square(Float64Array), options)).toMatchObject({ iterations: 2, converged: true });
  });

  test("an area weight shrinks the inside", () => {
    const image = square(Float64Array);
    const size = (nu: number) =>
      bits(chanVese(image, { mu: 0, nu, maxIterations: 20, initial: "disk" }).mask).replaceAll("0", "");
    expect(size(0).length).toBeGreaterThan(size(2).length);
    expect(size(-2)).toHaveLength(100);
  });
});

describe("bad input is named", () => {
  const image = square(Float64Array);
  const solver = createChanVese(image);
  solver.step(1);
  const state = solver.state();
  const wrong = { image: filled([4, 5, 6, 2], 0), empty: zeros(Float64Array, [0, 3]) };
  test.each([
    [() => chanVese(wrong.empty), "chanVese: image must have at least one element; received [0, 3]."],
    [() => chanVese(wrong.image), "chanVese: image must have 2 or 3 dimensions; received [4, 5, 6, 2]."],
    [() => chanVese(image, { channelAxis: -1 }), "chanVese: image must have 3 or 4 dimensions; received [10, 10]."],
    [
      () => chanVese(wrong.image, { channelAxis: 4 }),
      "chanVese: channelAxis must be an integer ≥ -4 and ≤ 3; received 4.",
    ],
    [() => chanVese(image, { spacing: [1] }), "chanVese: spacing must have 2 entries, one an axis; received [1]."],
    [() => chanVese(image, { spacing: [1, 0] }), "chanVese: spacing must be a finite number > 0; received 0."],
    [
      () => chanVese(image, { scheme: "jacobi" as "ipol" }),
      'chanVese: scheme must be one of "skimage", "ipol"; received "jacobi".',
    ],
    [
      () => chanVese(image, { nu: Number.POSITIVE_INFINITY }),
      "chanVese: nu must be a finite number; received Infinity.",
    ],
    [
      () => chanVese(image, { energies: true as unknown as false }),
      'chanVese: energies must be "curvature", "length" or false; received true.',
    ],
    [
      () => chanVese(filled([2, 5], 0), { initial: "disk" }),
      "chanVese: image must have at least 3 pixels along each axis for a disk; received [2, 5].",
    ],
    [
      () => createChanVese(image, {}, { ...state, phi: state.phi.slice(1) }),
      "createChanVese: state.phi must have 100 values; received 99.",
    ],
    [
      () => createChanVese(image, {}, { ...state, phi: state.phi.map((v, k) => (k === 12 ? Number.NaN : v)) }),
      "createChanVese: state.phi must contain only finite numbers; received NaN. The first other value is at index [1, 2].",
    ],
    [
      () => createChanVese(image, {}, { ...state, iterations: -1 }),
      "createChanVese: state.iterations must be an integer ≥ 0; received -1.",
    ],
    [
      () => createChanVese(image, {}, { ...state, change: Number.NaN }),
      "createChanVese: state.change must be a finite number ≥ 0; received NaN.",
    ],
    [
      () => createChanVese(image, {}, { ...state, energies: [1, Number.NaN] }),
      "createChanVese: state.energies must be an array of finite numbers; received [1, NaN].",
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });

  test("and what is fixed for a run cannot be written", () => {
    const fixed = createChanVese(image, { scheme: "ipol" });
    expect(() => Object.assign(fixed.options, { scheme: "skimage" })).toThrow(TypeError);
    expect(createChanVese(image, fixed.options).options.scheme).toBe("ipol");
  });
});
