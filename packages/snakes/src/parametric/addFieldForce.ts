/**
 * Adds the forces of a field of shape (rows, columns, 2) at points in pixels: linear between pixels, outside the image that of the
 * nearest point in it.
 */
export function addFieldForce(
  field: Float64Array,
  [rows, columns]: readonly [number, number],
  y: Float64Array,
  x: Float64Array,
  forces: { y: Float64Array; x: Float64Array },
): void {
  for (let i = 0; i < y.length; i++) {
    const row = Math.min(Math.max(y[i]!, 0), rows - 1);
    const column = Math.min(Math.max(x[i]!, 0), columns - 1);
    const top = Math.min(Math.floor(row), rows - 2);
    const left = Math.min(Math.floor(column), columns - 2);
    const [v, u] = [row - top, column - left];
    const at = 2 * (top * columns + left);
    const below = at + 2 * columns;
    for (const [k, force] of [forces.y, forces.x].entries()) {
      const upper = (1 - u) * field[at + k]! + u * field[at + 2 + k]!;
      const lower = (1 - u) * field[below + k]! + u * field[below + 2 + k]!;
      force[i]! += (1 - v) * upper + v * lower;
    }
  }
}
