import type { PackedSet } from "./packedSet.js";

/**
 * Means inside and outside a set, kept up to date from the pixels that changed.
 *
 * Sums are kept in two doubles, so they do not drift. The reference adds 1e-8 to each count: the mean of nothing is 0.
 *
 * @param values pixel by pixel, the channels of a pixel side by side
 */
export class RegionMeans {
  readonly inside: Float64Array;
  readonly outside: Float64Array;
  private readonly known: Int32Array;
  private readonly all: ExactSum[];
  private readonly within: ExactSum[];
  private readonly total: number;
  private count = 0;

  constructor(
    private readonly values: Float64Array,
    private readonly channels: number,
    set: PackedSet,
  ) {
    this.inside = new Float64Array(channels);
    this.outside = new Float64Array(channels);
    this.known = new Int32Array(set.words.length);
    const sums = (): ExactSum[] => Array.from({ length: channels }, () => ({ high: 0, low: 0 }));
    this.all = sums();
    this.within = sums();
    if (set.isWhole) {
      for (let c = 0; c < channels; c++) this.all[c] = sumOf(values, c, channels);
      this.total = values.length / channels;
    } else {
      this.add(set, set.region, this.all);
      this.total = this.count;
      this.count = 0;
      this.known.fill(0);
    }
  }

  update(set: PackedSet): void {
    this.add(set, set.words, this.within);
    for (let c = 0; c < this.channels; c++) {
      const [all, within] = [this.all[c]!, this.within[c]!];
      const out = all.high - within.high + (all.low - within.low);
      this.inside[c] = (within.high + within.low) / (this.count + 1e-8);
      this.outside[c] = (this.count === this.total ? 0 : out) / (this.total - this.count + 1e-8);
    }
  }

  private add(set: PackedSet, words: Int32Array, sums: readonly ExactSum[]): void {
    const { known, values, channels } = this;
    const [planes, rows, columns] = set.size;
    for (let row = 0; row < planes * rows; row++) {
      const start = (Math.floor(row / rows) + 1) * set.planeStep + ((row % rows) + 1) * set.rowStep + 1;
      for (let k = 0; k < set.width; k++) {
        const word = words[start + k]!;
        let moved = word ^ known[start + k]!;
        known[start + k] = word;
        while (moved !== 0) {
          const bit = moved & -moved;
          moved ^= bit;
          const sign = (word & bit) === 0 ? -1 : 1;
          this.count += sign;
          const at = (row * columns + 32 * k + 31 - Math.clz32(bit)) * channels;
          for (let c = 0; c < channels; c++) addTo(sums[c]!, sign * values[at + c]!);
        }
      }
    }
  }
}

/** Σ of every `step`-th value from `first` on. */
function sumOf(values: Float64Array, first: number, step: number): ExactSum {
  let high = 0;
  let low = 0;
  for (let i = first; i < values.length; i += step) {
    const value = values[i]!;
    const next = high + value;
    const part = next - high;
    low += high - (next - part) + (value - part);
    high = next;
  }
  return { high, low };
}

interface ExactSum {
  high: number;
  low: number;
}

/** Knuth's two-sum; the errors gather in `low`. */
function addTo(sum: ExactSum, value: number): void {
  const high = sum.high + value;
  const part = high - sum.high;
  sum.low += sum.high - (high - part) + (value - part);
  sum.high = high;
}
