/**
 * The morphological snakes as they are defined, a byte a pixel and every pixel in every step: what the packed code is held against.
 * Formulas of Márquez-Neila, Baumela and Álvarez 2014 in scikit-image's terms. Sets are C-ordered arrays of 0 and 1.
 */

type Offset = readonly number[];
type Set01 = Uint8Array;

interface PlainOptions {
  initial: Set01;
  phase: 0 | 1;
  smoothing: number;
  /** 0 where a pixel is outside the set for ever and counts in no mean. */
  region?: Set01 | undefined;
}

export interface PlainChanVeseOptions extends PlainOptions {
  lambda1: number;
  lambda2: number;
}

export interface PlainContourOptions extends PlainOptions {
  threshold: "auto" | number;
  balloon: number;
  spacing: readonly number[];
}

/** Every offset of at most 1 along each axis. */
function cube(rank: number): Offset[] {
  let all: number[][] = [[]];
  for (let axis = 0; axis < rank; axis++) all = all.flatMap((offset) => [-1, 0, 1].map((step) => [...offset, step]));
  return all;
}

/** The four lines of 3 pixels, or the nine planes of 9 voxels, through the centre. */
function flatElements(rank: number): Offset[][] {
  if (rank === 2) {
    const directions = [
      [1, 1],
      [1, 0],
      [1, -1],
      [0, 1],
    ] as const;
    return directions.map(([y, x]) => [-1, 0, 1].map((k) => [k * y, k * x]));
  }
  const planes: ((a: number, b: number, c: number) => boolean)[] = [
    (_a, _b, c) => c === 0,
    (_a, b) => b === 0,
    (a) => a === 0,
    (_a, b, c) => c === b,
    (_a, b, c) => c === -b,
    (a, _b, c) => c === a,
    (a, _b, c) => c === -a,
    (a, b) => b === a,
    (a, b) => b === -a,
  ];
  return planes.map((within) => cube(3).filter(([a, b, c]) => within(a!, b!, c!)));
}

function forEachIndex(shape: readonly number[], call: (index: readonly number[], at: number) => void): void {
  const size = shape.reduce((product, length) => product * length, 1);
  for (let at = 0; at < size; at++) {
    const index: number[] = [];
    for (let axis = shape.length - 1, rest = at; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    call(index, at);
  }
}

/** The value at a neighbour; 0 outside the image. */
function at(set: Set01, shape: readonly number[], index: readonly number[], offset: Offset): number {
  let place = 0;
  for (const [axis, length] of shape.entries()) {
    const i = index[axis]! + offset[axis]!;
    if (i < 0 || i >= length) return 0;
    place = place * length + i;
  }
  return set[place]!;
}

function mapped(shape: readonly number[], value: (index: readonly number[], at: number) => boolean): Set01 {
  const result = new Uint8Array(shape.reduce((product, length) => product * length, 1));
  forEachIndex(shape, (index, place) => {
    result[place] = value(index, place) ? 1 : 0;
  });
  return result;
}

/** SI: the largest of the erosions by the flat elements. */
export function supInf(set: Set01, shape: readonly number[]): Set01 {
  const elements = flatElements(shape.length);
  return mapped(shape, (index) => elements.some((one) => one.every((offset) => at(set, shape, index, offset) === 1)));
}

/** IS: the smallest of the dilations by them. */
export function infSup(set: Set01, shape: readonly number[]): Set01 {
  const elements = flatElements(shape.length);
  return mapped(shape, (index) => elements.every((one) => one.some((offset) => at(set, shape, index, offset) === 1)));
}

/** The k-th operator of the cycle: SI∘IS for 0, IS∘SI for 1; what leaves the region is cut off after each half. */
function smoothed(set: Set01, shape: readonly number[], phase: 0 | 1, region: Set01 | undefined): Set01 {
  const halves = phase === 0 ? [infSup, supInf] : [supInf, infSup];
  return halves.reduce((now, half) => within(half(now, shape), region), set);
}

function within(set: Set01, region: Set01 | undefined): Set01 {
  return region === undefined ? set : set.map((value, i) => (region[i] === 0 ? 0 : value));
}

/** Along each axis (u₊ − u₋)/2, at its ends the difference to the one neighbour, on an axis of length 1 nothing. */
function slopes(values: ArrayLike<number>, shape: readonly number[], spacing: readonly number[]): Float64Array[] {
  let step = values.length;
  return shape.map((length, axis) => {
    step /= length;
    const result = new Float64Array(values.length);
    forEachIndex(shape, (index, place) => {
      const after = index[axis]! < length - 1 ? place + step : place;
      const before = index[axis]! > 0 ? place - step : place;
      const width = Math.max(1, (after - before) / step);
      result[place] = (values[after]! - values[before]!) / width / spacing[axis]!;
    });
    return result;
  });
}

/** Sets after one iteration, after two, …; the options are read anew in each. */
function* iterated(shape: readonly number[], options: PlainOptions, move: (set: Set01) => Set01): Generator<Set01> {
  let set = within(options.initial, options.region);
  let { phase } = options;
  for (;;) {
    set = within(move(set), options.region);
    for (let k = 0; k < options.smoothing; k++) {
      set = smoothed(set, shape, phase, options.region);
      phase = phase === 0 ? 1 : 0;
    }
    yield set;
  }
}

/** Active contour without edges; `channels` holds an image each, of that shape. */
export function plainChanVese(
  channels: readonly ArrayLike<number>[],
  shape: readonly number[],
  options: PlainChanVeseOptions,
): Generator<Set01> {
  return iterated(shape, options, (set) => {
    const mean = (values: ArrayLike<number>, side: 0 | 1): number => {
      let sum = 0;
      let count = 1e-8;
      for (const [i, value] of set.entries()) {
        if (value !== side || options.region?.[i] === 0) continue;
        sum += values[i]!;
        count++;
      }
      return sum / count;
    };
    const c1 = channels.map((values) => mean(values, 1));
    const c0 = channels.map((values) => mean(values, 0));
    const along = slopes(set, shape, [1, 1, 1]);
    return set.map((value, i) => {
      const length = along.reduce((sum, slope) => sum + Math.abs(slope[i]!), 0);
      let force = 0;
      for (const [c, values] of channels.entries()) {
        force += options.lambda1 * (values[i]! - c1[c]!) ** 2 - options.lambda2 * (values[i]! - c0[c]!) ** 2;
      }
      const product = length * force;
      return product < 0 ? 1 : product > 0 ? 0 : value;
    });
  });
}

/** Geodesic active contour. */
export function plainContour(
  image: ArrayLike<number>,
  shape: readonly number[],
  options: PlainContourOptions,
): Generator<Set01> {
  const imageSlopes = slopes(image, shape, options.spacing);
  const sorted = Array.from(image).sort((a, b) => a - b);
  const place = 0.4 * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  const automatic = low + (place - Math.floor(place)) * ((sorted[Math.floor(place) + 1] ?? low) - low);
  const around = cube(shape.length);
  return iterated(shape, options, (set) => {
    const { balloon, threshold } = options;
    let grown = set;
    if (balloon !== 0) {
      const limit = (threshold === "auto" ? automatic : threshold) / Math.abs(balloon);
      const pushed = mapped(shape, (index) => {
        const inside = (offset: Offset): boolean => at(set, shape, index, offset) === 1;
        return balloon > 0 ? around.some(inside) : around.every(inside);
      });
      grown = within(
        set.map((value, i) => (image[i]! > limit ? pushed[i]! : value)),
        options.region,
      );
    }
    const setSlopes = slopes(grown, shape, options.spacing);
    return grown.map((value, i) => {
      let product = 0;
      for (const [axis, slope] of imageSlopes.entries()) product += slope[i]! * setSlopes[axis]![i]!;
      return product > 0 ? 1 : product < 0 ? 0 : value;
    });
  });
}
