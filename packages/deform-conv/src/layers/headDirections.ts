/**
 * Offsets that an attention starts with, (heads, levels, points, [x, y]) in one row: each head looks in a direction of its own, around a
 * square, and its k-th point lies k steps away.
 *
 * Source: the published program of Zhu et al. 2021 (`zhu2021`).
 */
export function headDirections(heads: number, levels: number, points: number): number[] {
  return Array.from({ length: heads }, (_, head) => {
    const angle = (2 * Math.PI * head) / heads;
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    const longest = Math.max(Math.abs(x), Math.abs(y));
    const ofLevel = Array.from({ length: points }, (_, p) => [((p + 1) * x) / longest, ((p + 1) * y) / longest]);
    return new Array<number[][]>(levels).fill(ofLevel).flat(2);
  }).flat();
}
