/**
 * A binary heap of pixels by whole-number keys, smaller ones first, in which pixels of equal keys come out in the order in which
 * scikit-image's heap gives them: an entry always lands where that heap would put it.
 */
export class KeyHeap {
  size = 0;
  /** Key and pixel of the entry that the last pop took. */
  key = 0;
  pixel = 0;
  readonly #keys: Int32Array;
  readonly #pixels: Int32Array;

  constructor(capacity: number) {
    this.#keys = new Int32Array(capacity);
    this.#pixels = new Int32Array(capacity);
  }

  push(key: number, pixel: number): void {
    const keys = this.#keys;
    const pixels = this.#pixels;
    let child = this.size++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const other = keys[parent]!;
      if (key >= other) break;
      keys[child] = other;
      pixels[child] = pixels[parent]!;
      child = parent;
    }
    keys[child] = key;
    pixels[child] = pixel;
  }

  /**
   * Takes the smallest entry. The hole goes down to a leaf along the smaller children, the left one of equals, and the last entry
   * climbs back up past all that are not less than it: it ends where sinking from the root would have left it, and the way down
   * has no comparison that a processor could guess wrong.
   */
  pop(): void {
    const keys = this.#keys;
    const pixels = this.#pixels;
    this.key = keys[0]!;
    this.pixel = pixels[0]!;
    const size = --this.size;
    const key = keys[size]!;
    const pixel = pixels[size]!;
    let hole = 0;
    for (let right = 2; right < size; right = 2 * hole + 2) {
      const child = right - 1 + ((keys[right]! - keys[right - 1]!) >>> 31);
      keys[hole] = keys[child]!;
      pixels[hole] = pixels[child]!;
      hole = child;
    }
    const left = 2 * hole + 1;
    if (left < size) {
      keys[hole] = keys[left]!;
      pixels[hole] = pixels[left]!;
      hole = left;
    }
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const other = keys[parent]!;
      if (other < key) break;
      keys[hole] = other;
      pixels[hole] = pixels[parent]!;
      hole = parent;
    }
    keys[hole] = key;
    pixels[hole] = pixel;
  }
}
