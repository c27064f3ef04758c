/** Working arrays of {@link nearestOnLine} for lines up to a length: made once, used for every line. */
export interface Sites {
  /** Output if its length is not 0: from which pixel of the line the distance of a pixel comes, −1 if there is none. */
  nearest: Int32Array;
  position: Float64Array;
  height: Float64Array;
}

/** Working arrays for lines of at most `length` pixels. */
export function makeSites(length: number, withNearest: boolean): Sites {
  return {
    nearest: new Int32Array(withNearest ? length : 0),
    position: new Float64Array(length + 1),
    height: new Float64Array(length + 1),
  };
}

/**
 * The nearest feature of every pixel of a line of `length` pixels that lie `step` apart.
 *
 * `square`, from `start` on, is input and output: the squared distance of each pixel to the nearest feature that the axes before
 * this one found (Infinity: none), then to the nearest one of the line.
 *
 * First the sites whose cells meet the line are kept, from left to right: the middle one of three goes if its cell is empty,
 * c·v − b·u − a·w − a·b·c > 0 with distances a, b, c = a + b along the line and squared distances u, v, w off it. Then each
 * pixel moves on to the next site only if that one is strictly nearer. These comparisons, in this arithmetic, are those of
 * scipy's feature transform: equally near features are chosen as there.
 */
export function nearestOnLine(square: Float64Array, start: number, length: number, step: number, sites: Sites): void {
  const { nearest, position, height } = sites;
  const end = start + length;
  for (let from = start; from < end; ) {
    // A pixel that is a feature itself hides what lies beyond it: the line falls into pieces from one such pixel to the next.
    let to = from + 1;
    if (square[from] === 0) {
      while (to < end && square[to] === 0) to++;
      if (nearest.length !== 0) for (let i = from; i < to; i++) nearest[i - start] = i - start;
      if (to === end) return;
      from = to - 1;
    }
    let top = -1;
    let i = from;
    for (; i < end; i++) {
      const w = square[i]!;
      if (w === Number.POSITIVE_INFINITY) continue;
      while (top >= 1) {
        const middle = position[top]!;
        const a = (middle - position[top - 1]!) * step;
        const b = (i - middle) * step;
        const c = a + b;
        if (c * height[top]! - b * height[top - 1]! - a * w - a * b * c <= 0) break;
        top--;
      }
      top++;
      position[top] = i;
      height[top] = w;
      if (w === 0 && i > from) break;
    }
    to = Math.min(i, end);
    if (top < 0) {
      if (nearest.length !== 0) nearest.fill(-1);
      return;
    }
    if (top === 0) {
      alone(square, from, to, position[0]!, height[0]!, step);
      if (nearest.length !== 0) nearest.fill(position[0]! - start, from - start, to - start);
      from = to;
      continue;
    }
    height[top + 1] = Number.POSITIVE_INFINITY;
    let at = 0;
    let x = position[0]!;
    let h = height[0]!;
    let nextX = position[1]!;
    let nextH = height[1]!;
    for (i = from; i < to; i++) {
      const offset = (x - i) * step;
      let distance = h + offset * offset;
      for (;;) {
        const nextOffset = (nextX - i) * step;
        const other = nextH + nextOffset * nextOffset;
        if (!(other < distance)) break;
        distance = other;
        at++;
        x = nextX;
        h = nextH;
        nextX = position[at + 1]!;
        nextH = height[at + 1]!;
      }
      square[i] = distance;
      if (nearest.length !== 0) nearest[i - start] = x - start;
    }
    from = to;
  }
}

/** Squared distances to the only site of a piece. */
function alone(square: Float64Array, from: number, to: number, position: number, height: number, step: number): void {
  for (let i = from; i < to; i++) {
    const offset = (position - i) * step;
    square[i] = height + offset * offset;
  }
}
