/**
 * A set of whole numbers below a bound that gives its smallest: a bit each, a bit over each word of those, and so on up to one
 * word. The lower two levels are written without asking, for a processor would guess the answers wrong half of the time; the
 * upper ones change rarely.
 */
export class PositionSet {
  readonly #bits: Int32Array;
  readonly #words: Int32Array;
  readonly #upper: Int32Array[] = [];
  /** The word of the second level in which the smallest number is, −1 if the set is empty. */
  #lowest = -1;

  constructor(bound: number) {
    this.#bits = new Int32Array(Math.ceil(bound / 2 ** 5));
    this.#words = new Int32Array(Math.ceil(bound / 2 ** 10));
    for (let words = this.#words.length; words > 1; ) {
      words = Math.ceil(words / 32);
      this.#upper.push(new Int32Array(words));
    }
  }

  add(position: number): void {
    const word = position >> 5;
    this.#bits[word]! |= 1 << (position & 31);
    const at = word >> 5;
    const old = this.#words[at]!;
    this.#words[at] = old | (1 << (word & 31));
    if (old === 0) this.#addWord(at);
  }

  /** Takes the smallest number out; −1 if there is none. */
  takeSmallest(): number {
    const at = this.#lowest;
    if (at < 0) return -1;
    const words = this.#words[at]!;
    const word = (at << 5) | (31 - Math.clz32(words & -words));
    const bits = this.#bits[word]!;
    const rest = bits & (bits - 1);
    this.#bits[word] = rest;
    const emptied = ((rest | -rest) >>> 31) ^ 1;
    const restOfWords = words & ~(emptied << (word & 31));
    this.#words[at] = restOfWords;
    if (restOfWords === 0) this.#removeWord(at);
    return (word << 5) | (31 - Math.clz32(bits & -bits));
  }

  #addWord(at: number): void {
    if (this.#lowest < 0 || at < this.#lowest) this.#lowest = at;
    for (const level of this.#upper) {
      const old = level[at >> 5]!;
      level[at >> 5] = old | (1 << (at & 31));
      if (old !== 0) return;
      at >>= 5;
    }
  }

  #removeWord(at: number): void {
    for (const level of this.#upper) {
      const rest = level[at >> 5]! & ~(1 << (at & 31));
      level[at >> 5] = rest;
      if (rest !== 0) break;
      at >>= 5;
    }
    const levels = this.#upper;
    let lowest = 0;
    for (let k = levels.length - 1; k >= 0; k--) {
      const bits = levels[k]![lowest]!;
      if (bits === 0) {
        this.#lowest = -1;
        return;
      }
      lowest = (lowest << 5) | (31 - Math.clz32(bits & -bits));
    }
    this.#lowest = levels.length === 0 ? -1 : lowest;
  }
}
