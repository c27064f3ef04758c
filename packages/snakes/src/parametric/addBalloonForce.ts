/**
 * Adds `balloon` times the unit outward normal to the forces at the points of a closed snake; coordinates are lengths.
 *
 * The normal stands on the chord between a point's neighbours; where they coincide, and at every point of a snake that encloses no
 * area, there is none.
 */
export function addBalloonForce(
  y: Float64Array,
  x: Float64Array,
  forces: { y: Float64Array; x: Float64Array },
  balloon: number,
): void {
  const n = y.length;
  let area = 0;
  for (let i = 0, j = n - 1; i < n; j = i++)
    area += (x[j]! - x[0]!) * (y[i]! - y[0]!) - (x[i]! - x[0]!) * (y[j]! - y[0]!);
  const strength = balloon * Math.sign(area);
  for (let i = 0; i < n; i++) {
    const before = i === 0 ? n - 1 : i - 1;
    const after = i === n - 1 ? 0 : i + 1;
    const dy = y[after]! - y[before]!;
    const dx = x[after]! - x[before]!;
    const length = Math.hypot(dy, dx);
    if (length === 0) continue;
    forces.y[i]! -= (strength * dx) / length;
    forces.x[i]! += (strength * dy) / length;
  }
}
