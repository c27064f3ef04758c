/** The 27 cells of a neighbourhood in raster order; number 13 is the centre. */
const cells = /* @__PURE__ */ Array.from({ length: 27 }, (_, n) => [
  Math.floor(n / 9) - 1,
  (Math.floor(n / 3) % 3) - 1,
  (n % 3) - 1,
]);

/** As bits: the cells that satisfy a condition, the centre never. */
const bitsWhere = (holds: (cell: number[]) => boolean): number =>
  cells.reduce((bits, cell, n) => (n !== 13 && holds(cell) ? bits | (1 << n) : bits), 0);

const touching = (): number[] => cells.map((a) => bitsWhere((b) => a.every((x, k) => Math.abs(x - b[k]!) <= 1)));

/** For each corner, edge, face and the inside of the central cube: the other cubes that have it too. */
const sharing = (): number[] => cells.map((a) => bitsWhere((b) => a.every((x, k) => b[k] === 0 || b[k] === x)));

/**
 * Thins a mask in a volume to curves of one voxel, in place.
 *
 * @param mask 0 and 1, with a margin of 0 around it
 * @param shape with margins
 *
 * A voxel on the side looked at goes if it is no end, if the Euler number stays, and if its neighbours stay in one piece; the last is
 * judged again when its turn comes. The six sides are looked at in scikit-image's order, in a single plane four of them.
 *
 * Source: Lee, Kashyap and Chu 1994 (`lee1994`).
 */
export function lee(mask: Uint8Array, shape: readonly [number, number, number], singlePlane: boolean): void {
  const row = shape[2];
  const plane = shape[1] * row;
  const offsets = cells.map(([p, r, c]) => p! * plane + r! * row + c!);
  const neighbours = (i: number): number => {
    let bits = 0;
    for (let n = 0; n < 27; n++) bits |= mask[i + offsets[n]!]! << n;
    return bits & ~(1 << 13);
  };
  const touch = touching();
  const share = sharing();
  const inOnePiece = (bits: number): boolean => {
    let piece = bits & -bits;
    for (let fresh = piece; fresh !== 0; ) {
      const n = 31 - Math.clz32(fresh & -fresh);
      fresh &= fresh - 1;
      const more = touch[n]! & bits & ~piece;
      piece |= more;
      fresh |= more;
    }
    return piece === bits;
  };
  const eulerStays = (bits: number): boolean => {
    let change = 0;
    for (let n = 0; n < 27; n++) {
      // A corner counts 1, an edge −1, a face 1, the cube −1: the parity of the number of its places in raster order.
      if ((share[n]! & bits) === 0) change += n % 2 === 0 ? 1 : -1;
    }
    return change === 0;
  };
  const sides = [-row, row, 1, -1, ...(singlePlane ? [] : [plane, -plane])];
  let inside: number[] = [];
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) inside.push(i);
  for (let idle = 0; idle < sides.length; ) {
    idle = 0;
    for (const side of sides) {
      const candidates = inside.filter((i) => {
        if (mask[i + side] !== 0) return false;
        const bits = neighbours(i);
        const isEnd = bits !== 0 && (bits & (bits - 1)) === 0;
        return !isEnd && eulerStays(bits) && inOnePiece(bits);
      });
      let deleted = 0;
      for (const i of candidates) {
        if (!inOnePiece(neighbours(i))) continue;
        mask[i] = 0;
        deleted++;
      }
      if (deleted === 0) idle++;
      else inside = inside.filter((i) => mask[i] !== 0);
    }
  }
}
