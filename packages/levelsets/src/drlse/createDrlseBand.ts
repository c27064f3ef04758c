import type { NarrowBandState } from "../band/narrowBand.js";
import { createNarrowBand, layBand } from "../band/narrowBand.js";
import type { DrlsePixel } from "./drlsePixel.js";
import { mirrorBorder, mirroredCoordinate } from "./mirrorBorder.js";

/** A narrow band that moves. */
export interface DrlseBand {
  step(phi: Float64Array, dt: number): void;
  /** Null before the first step. */
  state(): NarrowBandState | null;
}

/**
 * A band of `width` layers to each side of the front, laid anew when the front has come a quarter of the way to its rim; pixels
 * outside keep their values, which is ±c₀ if Li's start of ±c₀ was given.
 */
export function createDrlseBand(
  shape: readonly number[],
  width: number,
  pixel: DrlsePixel,
  state: NarrowBandState | null | undefined,
): DrlseBand {
  const size = shape.reduce((product, n) => product * n, 1);
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const { at } = pixel;
  const band = createNarrowBand(size, state);
  /** Where a pixel of the band stands in its list. */
  const places = new Int32Array(size);
  /** Pixels that move, in front of the list: all of whose neighbours are in the band. */
  let moving = 0;
  let normals = new Float64Array(0);
  let diffusions = new Float64Array(0);
  /** Pixels on the image's border, each followed by the one whose value it takes. */
  let border: number[] = [];

  const locate = (i: number): void => {
    for (let k = 0, rest = i; k < steps.length; k++) {
      const step = steps[k]!;
      at[k] = Math.floor(rest / step);
      rest -= at[k]! * step;
    }
  };
  const indexBand = (): void => {
    const { pixels, count, marks } = band;
    border = [];
    moving = count;
    for (let n = 0; n < count; n++) {
      const i = pixels[n]!;
      places[i] = n;
      locate(i);
      let source = i;
      for (let k = 0; k < steps.length; k++) {
        const step = steps[k]!;
        const last = shape[k]! - 1;
        source += (mirroredCoordinate(at[k]!, shape[k]!) - at[k]!) * step;
        const alone = (at[k]! > 0 && marks[i - step] === 0) || (at[k]! < last && marks[i + step] === 0);
        if (alone) moving = Math.min(moving, n);
      }
      if (source !== i) border.push(i, source);
    }
    if (normals.length >= count) return;
    normals = new Float64Array(Math.ceil(1.25 * count));
    diffusions = new Float64Array(normals.length);
    band.rates = new Float64Array(normals.length);
  };
  const lay = (phi: Float64Array): void => {
    // `inner` ends a quarter of the way out: how far the front may go.
    layBand(band, phi, shape, width, width - (width >> 2));
    indexBand();
  };
  if (state !== null && state !== undefined) indexBand();

  return {
    step(phi, dt) {
      if (band.age === Number.POSITIVE_INFINITY) {
        mirrorBorder(phi, shape);
        lay(phi);
      }
      for (let n = 0; n < border.length; n += 2) phi[border[n]!] = phi[border[n + 1]!]!;
      const { pixels, count, inner, rates } = band;
      for (let n = 0; n < count; n++) {
        locate(pixels[n]!);
        pixel.coefficients(phi, pixels[n]!, normals, diffusions, n);
      }
      let left = false;
      for (let n = 0; n < moving; n++) {
        const i = pixels[n]!;
        locate(i);
        for (let k = 0; k < steps.length; k++) {
          const before = at[k] === 0 ? n : places[i - steps[k]!]!;
          const after = at[k] === shape[k]! - 1 ? n : places[i + steps[k]!]!;
          pixel.normals[2 * k] = normals[before]!;
          pixel.normals[2 * k + 1] = normals[after]!;
          pixel.diffusions[2 * k] = diffusions[before]!;
          pixel.diffusions[2 * k + 1] = diffusions[after]!;
        }
        rates[n] = pixel.rate(phi, i, normals[n]!);
        if (pixel.crossing && n >= inner) left = true;
      }
      for (let n = 0; n < moving; n++) phi[pixels[n]!]! += dt * rates[n]!;
      band.age++;
      if (left) lay(phi);
    },
    state: () =>
      band.age === Number.POSITIVE_INFINITY
        ? null
        : { pixels: Array.from(band.pixels.subarray(0, band.count)), inner: band.inner, age: band.age },
  };
}
