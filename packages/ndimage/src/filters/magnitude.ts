/** Adds the squares of derivatives to a sum, rounded to float32 after each operation for `single`. */
export function addSquares(sum: Float64Array, derivative: Float64Array, single: boolean): void {
  if (single) {
    for (let i = 0; i < sum.length; i++) {
      sum[i] = Math.fround(sum[i]! + Math.fround(derivative[i]! * derivative[i]!));
    }
  } else for (let i = 0; i < sum.length; i++) sum[i]! += derivative[i]! * derivative[i]!;
}

/** Replaces sums of squares by their roots over a divisor, rounded to float32 after each operation for `single`. */
export function takeRoots(sum: Float64Array, divisor: number, single: boolean): void {
  if (single) {
    const by = Math.fround(divisor);
    for (let i = 0; i < sum.length; i++) sum[i] = Math.fround(Math.fround(Math.sqrt(sum[i]!)) / by);
  } else for (let i = 0; i < sum.length; i++) sum[i] = Math.sqrt(sum[i]!) / divisor;
}
