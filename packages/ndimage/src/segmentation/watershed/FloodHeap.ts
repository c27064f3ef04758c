/**
 * The priority queue of the flood: a binary heap of (value, age, index, source), smaller value first, then smaller age.
 *
 * Markers all have age 0, so nothing orders markers of equal value but the place they have in the heap: pushing and popping
 * move entries exactly as scikit-image's heap does. Fields lie in arrays of their own.
 */
export class FloodHeap {
  size = 0;
  /** The entry that the last pop took. */
  index = 0;
  source = 0;
  #values: Float64Array;
  #ages: Int32Array;
  #indices: Int32Array;
  #sources: Int32Array;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#ages = new Int32Array(capacity);
    this.#indices = new Int32Array(capacity);
    this.#sources = new Int32Array(capacity);
  }

  push(value: number, age: number, index: number, source: number): void {
    if (this.size === this.#values.length) this.#grow();
    const values = this.#values;
    const ages = this.#ages;
    const indices = this.#indices;
    const sources = this.#sources;
    let child = this.size++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const other = values[parent]!;
      if (!(value < other || (value === other && age < ages[parent]!))) break;
      values[child] = other;
      ages[child] = ages[parent]!;
      indices[child] = indices[parent]!;
      sources[child] = sources[parent]!;
      child = parent;
    }
    values[child] = value;
    ages[child] = age;
    indices[child] = index;
    sources[child] = source;
  }

  /** Takes the smallest entry into `index` and `source`. */
  pop(): void {
    const values = this.#values;
    const ages = this.#ages;
    const indices = this.#indices;
    const sources = this.#sources;
    this.index = indices[0]!;
    this.source = sources[0]!;
    const size = --this.size;
    const value = values[size]!;
    const age = ages[size]!;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      let least = values[child]!;
      const right = child + 1;
      if (right < size) {
        const other = values[right]!;
        if (other < least || (other === least && ages[right]! < ages[child]!)) {
          child = right;
          least = other;
        }
      }
      // The left child needs to be less than the last entry, the right one less than the smaller of both: the same thing.
      if (!(least < value || (least === value && ages[child]! < age))) break;
      values[hole] = least;
      ages[hole] = ages[child]!;
      indices[hole] = indices[child]!;
      sources[hole] = sources[child]!;
      hole = child;
    }
    values[hole] = value;
    ages[hole] = age;
    indices[hole] = indices[size]!;
    sources[hole] = sources[size]!;
  }

  #grow(): void {
    const capacity = 2 * this.#values.length + 16;
    const larger = <T extends Float64Array | Int32Array>(old: T, next: T): T => {
      next.set(old);
      return next;
    };
    this.#values = larger(this.#values, new Float64Array(capacity));
    this.#ages = larger(this.#ages, new Int32Array(capacity));
    this.#indices = larger(this.#indices, new Int32Array(capacity));
    this.#sources = larger(this.#sources, new Int32Array(capacity));
  }
}
