import type { GridSystem } from "./GridSystem.js";

/** x ← one Gauss–Seidel sweep for A x = r in C order, from x = 0: only pixels before count. */
export function sweepForward(
  { count, margin, couplings: [first, second, third] }: GridSystem,
  inverse: Float64Array,
  r: Float64Array,
  x: Float64Array,
): void {
  const { weight: a, step: s } = first!;
  const { weight: b, step: t } = second!;
  if (third === undefined) {
    for (let i = margin; i < margin + count; i++) {
      x[i] = (r[i]! + a[i - s]! * x[i - s]! + b[i - t]! * x[i - t]!) * inverse[i]!;
    }
    return;
  }
  const { weight: c, step: u } = third;
  for (let i = margin; i < margin + count; i++) {
    x[i] = (r[i]! + a[i - s]! * x[i - s]! + b[i - t]! * x[i - t]! + c[i - u]! * x[i - u]!) * inverse[i]!;
  }
}

/** target ← r − A x after {@link sweepForward}: what the pixels behind add. */
export function residualBehind(
  { count, margin, couplings: [first, second, third] }: GridSystem,
  x: Float64Array,
  target: Float64Array,
): void {
  const { weight: a, step: s } = first!;
  const { weight: b, step: t } = second!;
  for (let i = margin; i < margin + count; i++) target[i] = a[i]! * x[i + s]! + b[i]! * x[i + t]!;
  if (third === undefined) return;
  const { weight: c, step: u } = third;
  for (let i = margin; i < margin + count; i++) target[i]! += c[i]! * x[i + u]!;
}

/** One Gauss–Seidel sweep for A x = r from the last pixel to the first. @returns r·x */
export function sweepBackward(
  { count, margin, couplings: [first, second, third] }: GridSystem,
  inverse: Float64Array,
  r: Float64Array,
  x: Float64Array,
): number {
  const { weight: a, step: s } = first!;
  const { weight: b, step: t } = second!;
  let product = 0;
  if (third === undefined) {
    for (let i = margin + count - 1; i >= margin; i--) {
      const sum = a[i]! * x[i + s]! + a[i - s]! * x[i - s]! + b[i]! * x[i + t]! + b[i - t]! * x[i - t]!;
      const value = (r[i]! + sum) * inverse[i]!;
      x[i] = value;
      product += value * r[i]!;
    }
    return product;
  }
  const { weight: c, step: u } = third;
  for (let i = margin + count - 1; i >= margin; i--) {
    const plane = a[i]! * x[i + s]! + a[i - s]! * x[i - s]! + b[i]! * x[i + t]! + b[i - t]! * x[i - t]!;
    const value = (r[i]! + plane + c[i]! * x[i + u]! + c[i - u]! * x[i - u]!) * inverse[i]!;
    x[i] = value;
    product += value * r[i]!;
  }
  return product;
}
