/** Where a narrow band stands, safe in JSON. */
export interface NarrowBandState {
  pixels: number[];
  inner: number;
  age: number;
}

/** The pixels about the front, nearest first; layers are counted in steps along the axes. */
export interface NarrowBand {
  /** Their places; only the first `count` count. */
  pixels: Int32Array;
  count: number;
  /** Number of pixels at the front itself, and of those that move: all but the outermost layers. */
  front: number;
  inner: number;
  /** Steps since the band was laid. */
  age: number;
  /** 1 in the band. */
  marks: Uint8Array;
  /** Room for a rate each. */
  rates: Float64Array;
}

/** An empty band, or the saved one. */
export function createNarrowBand(size: number, state?: NarrowBandState | null): NarrowBand {
  const pixels = Int32Array.from(state?.pixels ?? []);
  const marks = new Uint8Array(size);
  for (const i of pixels) marks[i] = 1;
  const { inner = 0, age = Number.POSITIVE_INFINITY } = state ?? {};
  return { pixels, count: pixels.length, front: 0, inner, age, marks, rates: new Float64Array(inner) };
}

/**
 * Lays the band anew: pixels with a neighbour of the other sign, then `width` layers to each side, of which `still` stay still.
 *
 * The first time all pixels are looked at, later those of the old band: the cost follows the front.
 */
export function layBand(
  band: NarrowBand,
  phi: Float64Array,
  shape: readonly number[],
  width: number,
  still: number,
): void {
  const first = band.age === Number.POSITIVE_INFINITY;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const { pixels: old, marks } = band;
  const oldCount = first ? phi.length : band.count;
  for (let n = 0; n < band.count; n++) marks[old[n]!] = 0;
  let pixels = new Int32Array(Math.max(1024, band.count * 2));
  let count = 0;
  const add = (i: number): void => {
    if (marks[i] !== 0) return;
    if (count === pixels.length) {
      const longer = new Int32Array(2 * count);
      longer.set(pixels);
      pixels = longer;
    }
    marks[i] = 1;
    pixels[count++] = i;
  };
  for (let n = 0; n < oldCount; n++) {
    const i = first ? n : old[n]!;
    let rest = i;
    for (let k = 0; k < steps.length; k++) {
      const step = steps[k]!;
      const at = Math.floor(rest / step);
      rest -= at * step;
      const inside = phi[i]! > 0;
      if ((at > 0 && phi[i - step]! > 0 !== inside) || (at < shape[k]! - 1 && phi[i + step]! > 0 !== inside)) add(i);
    }
  }
  band.front = count;
  for (let layer = 1, from = 0; layer <= width; layer++) {
    if (layer === width - still + 1) band.inner = count;
    const to = count;
    for (; from < to; from++) {
      const i = pixels[from]!;
      let rest = i;
      for (let k = 0; k < steps.length; k++) {
        const step = steps[k]!;
        const at = Math.floor(rest / step);
        rest -= at * step;
        if (at > 0) add(i - step);
        if (at < shape[k]! - 1) add(i + step);
      }
    }
  }
  band.pixels = pixels;
  band.count = count;
  band.age = 0;
  if (band.rates.length < band.inner) band.rates = new Float64Array(Math.ceil(1.25 * band.inner));
}
