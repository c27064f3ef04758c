/**
 * The interpolating spline of degree 2 along both axes of an image of at least 3 × 3 pixels, with FITPACK's knots
 * 0, 0, 0, 1.5, 2.5, …, n − 2.5, n − 1, n − 1, n − 1 for n samples.
 */
export class BiquadraticSpline {
  readonly #coefficients: Float64Array;

  constructor(
    values: Float64Array,
    readonly rows: number,
    readonly columns: number,
  ) {
    this.#coefficients = values.slice();
    for (let y = 0; y < rows; y++) collocate(this.#coefficients, y * columns, 1, columns);
    for (let x = 0; x < columns; x++) collocate(this.#coefficients, x, columns, rows);
  }

  /** Writes the derivatives along rows and columns at a point into `target`; outside the image, those of the nearest point in it. */
  gradient(row: number, column: number, target: Float64Array): void {
    const { columns } = this;
    const c = this.#coefficients;
    const v = basis(row, this.rows);
    const u = basis(column, columns);
    let alongRows = 0;
    let alongColumns = 0;
    for (let i = 0; i < 3; i++) {
      const at = (v.first + i) * columns + u.first;
      const [c0, c1, c2] = [c[at]!, c[at + 1]!, c[at + 2]!];
      alongRows += v.slopes[i]! * (u.values[0] * c0 + u.values[1] * c1 + u.values[2] * c2);
      alongColumns += v.values[i]! * (u.slopes[0] * c0 + u.slopes[1] * c1 + u.slopes[2] * c2);
    }
    target[0] = alongRows;
    target[1] = alongColumns;
  }
}

type Three = [number, number, number];

/** The three B-splines that are not 0 at a place, and their slopes. */
function basis(place: number, n: number): { first: number; values: Three; slopes: Three } {
  const x = Math.min(Math.max(place, 0), n - 1);
  const span = x < 1.5 ? 2 : Math.min(n - 1, 3 + Math.floor(x - 1.5));
  const [t0, t1, t2, t3] = [knot(span - 1, n), knot(span, n), knot(span + 1, n), knot(span + 2, n)];
  const [left, right] = [(t2 - t1) * (t2 - t0), (t2 - t1) * (t3 - t1)];
  const [low, high] = [(t2 - x) ** 2 / left, (x - t1) ** 2 / right];
  const [falling, rising] = [(-2 * (t2 - x)) / left, (2 * (x - t1)) / right];
  return { first: span - 2, values: [low, 1 - low - high, high], slopes: [falling, -falling - rising, rising] };
}

function knot(index: number, n: number): number {
  if (index < 3) return 0;
  return index < n ? index - 1.5 : n - 1;
}

/** Replaces samples by coefficients: sample i stands under the splines i − 1, i and i + 1, so the system is tridiagonal. */
function collocate(data: Float64Array, start: number, step: number, n: number): void {
  const upper = new Float64Array(n);
  for (let i = 1; i < n - 1; i++) {
    const [a, b, c] = basis(i, n).values;
    const at = start + i * step;
    const pivot = b - a * upper[i - 1]!;
    upper[i] = c / pivot;
    data[at] = (data[at]! - a * data[at - step]!) / pivot;
  }
  for (let i = n - 2; i > 0; i--) data[start + i * step]! -= upper[i]! * data[start + (i + 1) * step]!;
}
