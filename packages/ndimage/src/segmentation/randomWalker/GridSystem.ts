/**
 * A symmetric linear system on a grid whose unknowns are coupled to their neighbours along each axis, without a matrix:
 * (A x)ᵢ = diagonalᵢ·xᵢ − Σ weight·x over the neighbours.
 *
 * All arrays are flat in C order with `margin` entries of 0 before and behind, so that every neighbour can be read. A pixel that is
 * no unknown has diagonal 0 and weights 0.
 */
export interface GridSystem {
  /** Number of pixels. */
  count: number;
  margin: number;
  /** Lengths of the axes, three of them, the last one fastest. */
  shape: readonly [number, number, number];
  diagonal: Float64Array;
  /** For planes if there are several, for rows and for columns: the step to the next one, and the weight between a pixel and it. */
  couplings: Coupling[];
}

/** The weights along one axis. */
interface Coupling {
  axis: number;
  step: number;
  weight: Float64Array;
}

/** A system without any coupling. */
export function emptySystem(shape: readonly [number, number, number]): GridSystem {
  const [planes, rows, columns] = shape;
  const count = planes * rows * columns;
  const steps = [rows * columns, columns, 1] as const;
  const axes = [0, 1, 2].filter((axis) => axis > 0 || shape[axis]! > 1);
  const margin = Math.max(1, ...axes.map((axis) => steps[axis]!));
  const size = count + 2 * margin;
  const couplings = axes.map((axis) => ({ axis, step: steps[axis]!, weight: new Float64Array(size) }));
  return { count, margin, shape, diagonal: new Float64Array(size), couplings };
}

/** How many pixels are worked on at a time, so that they stay in the cache between two steps. */
const block = 4096;

/** target ← A x. @returns x·A x */
export function multiply(system: GridSystem, x: Float64Array, target: Float64Array): number {
  const { count, margin } = system;
  let product = 0;
  for (let from = margin; from < margin + count; from += block) {
    product += multiplyRange(system, x, target, from, Math.min(from + block, margin + count));
  }
  return product;
}

/** As {@link multiply} for the pixels of a range of indices, which count from the start of the margin. */
export function multiplyRange(
  { diagonal, couplings }: GridSystem,
  x: Float64Array,
  target: Float64Array,
  from: number,
  to: number,
): number {
  const [first, second, third] = couplings;
  return third === undefined
    ? multiplyTwo(diagonal, first!, second!, x, target, from, to)
    : multiplyThree(diagonal, first!, second!, third, x, target, from, to);
}

function multiplyTwo(
  diagonal: Float64Array,
  { weight: a, step: s }: Coupling,
  { weight: b, step: t }: Coupling,
  x: Float64Array,
  target: Float64Array,
  from: number,
  to: number,
): number {
  let product = 0;
  for (let i = from; i < to; i++) {
    const value =
      diagonal[i]! * x[i]! - (a[i]! * x[i + s]! + a[i - s]! * x[i - s]! + (b[i]! * x[i + t]! + b[i - t]! * x[i - t]!));
    target[i] = value;
    product += value * x[i]!;
  }
  return product;
}

function multiplyThree(
  diagonal: Float64Array,
  { weight: a, step: s }: Coupling,
  { weight: b, step: t }: Coupling,
  { weight: c, step: u }: Coupling,
  x: Float64Array,
  target: Float64Array,
  from: number,
  to: number,
): number {
  let product = 0;
  for (let i = from; i < to; i++) {
    const value =
      diagonal[i]! * x[i]! -
      (a[i]! * x[i + s]! +
        a[i - s]! * x[i - s]! +
        (b[i]! * x[i + t]! + b[i - t]! * x[i - t]!) +
        (c[i]! * x[i + u]! + c[i - u]! * x[i - u]!));
    target[i] = value;
    product += value * x[i]!;
  }
  return product;
}
