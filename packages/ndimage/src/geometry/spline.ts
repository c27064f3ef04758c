/** Pole of the recursive filter that makes a quadratic B-spline interpolate. */
const pole = Math.sqrt(8) - 3;

/**
 * Replaces samples by the coefficients of the quadratic B-spline through them, the line mirrored about its end samples.
 *
 * Unser, Aldroubi and Eden's recursive filter, with the exact start values of a mirrored finite line, as scipy.ndimage does.
 */
export function splineCoefficients(line: Float64Array): void {
  const n = line.length;
  if (n < 2) return;
  const gain = (1 - pole) * (1 - 1 / pole);
  for (let i = 0; i < n; i++) line[i]! *= gain;
  const last = pole ** (n - 1);
  let start = line[0]! + last * line[n - 1]!;
  for (let i = 1, power = pole; i < n - 1; i++, power *= pole) start += power * (line[i]! + last * line[n - 1 - i]!);
  line[0] = start / (1 - last * last);
  for (let i = 1; i < n; i++) line[i]! += pole * line[i - 1]!;
  line[n - 1] = (pole * line[n - 2]! + line[n - 1]!) * (pole / (pole * pole - 1));
  for (let i = n - 2; i >= 0; i--) line[i] = pole * (line[i + 1]! - line[i]!);
}
