import type { Point } from "./segments.js";

/** Joins pieces at equal points; of two contours that meet, the older one stays. */
export function join(pieces: readonly [Point, Point][]): Point[][] {
  const contours = new Map<number, Point[]>();
  const starts = new Map<string, number>();
  const ends = new Map<string, number>();
  let next = 0;
  for (const [from, to] of pieces) {
    const fromKey = from.join();
    const toKey = to.join();
    if (fromKey === toKey) continue;
    const tail = starts.get(toKey);
    const head = ends.get(fromKey);
    if (tail !== undefined) starts.delete(toKey);
    if (head !== undefined) ends.delete(fromKey);
    if (tail !== undefined && head !== undefined) {
      const before = contours.get(head)!;
      if (tail === head) {
        before.push(to);
      } else {
        const after = contours.get(tail)!;
        const merged = [...before, ...after];
        const [older, younger] = tail > head ? [head, tail] : [tail, head];
        contours.set(older, merged);
        contours.delete(younger);
        starts.set(merged[0]!.join(), older);
        ends.set(merged.at(-1)!.join(), older);
      }
    } else if (tail !== undefined) {
      contours.get(tail)!.unshift(from);
      starts.set(fromKey, tail);
    } else if (head !== undefined) {
      contours.get(head)!.push(to);
      ends.set(toKey, head);
    } else {
      contours.set(next, [from, to]);
      starts.set(fromKey, next);
      ends.set(toKey, next++);
    }
  }
  return [...contours.keys()].sort((a, b) => a - b).map((key) => contours.get(key)!);
}
