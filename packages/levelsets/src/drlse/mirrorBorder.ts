/** The coordinate two further in for the first and the last; with three pixels the last stays. Doing it twice changes nothing. */
export function mirroredCoordinate(at: number, length: number): number {
  if (at === 0) return 2;
  return at === length - 1 && length > 3 ? length - 3 : at;
}

/** Zero flux: the outermost values become those two further in; corners follow from one axis after the other. */
export function mirrorBorder(phi: Float64Array, shape: readonly number[]): void {
  let step = phi.length;
  for (const length of shape) {
    const block = step;
    step /= length;
    const last = length - 1;
    for (let start = 0; start < phi.length; start += block) {
      for (const at of [0, last]) {
        const from = start + mirroredCoordinate(at, length) * step;
        phi.copyWithin(start + at * step, from, from + step);
      }
    }
  }
}
