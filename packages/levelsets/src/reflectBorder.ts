/**
 * Zero flux through the border, in place: along each axis in turn the first layer takes the values of the third, the last those of
 * the third from the end. An axis shorter than 3 is left alone.
 */
export function reflectBorder(phi: Float64Array, shape: readonly number[]): void {
  let inner = phi.length;
  for (const length of shape) {
    const outer = inner;
    inner = outer / length;
    if (length < 3) continue;
    for (let start = 0; start < phi.length; start += outer) {
      const last = start + (length - 1) * inner;
      phi.copyWithin(start, start + 2 * inner, start + 3 * inner);
      phi.copyWithin(last, last - 2 * inner, last - inner);
    }
  }
}
