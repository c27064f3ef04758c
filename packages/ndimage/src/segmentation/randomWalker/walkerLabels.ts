/** The labels of a random walker, renumbered, and which pixels take part. */
export interface WalkerLabels {
  /** 1 … k for seeds, −m … −1 for pixels that were negative, 0 for the rest. */
  numbered: Int32Array;
  /** As `numbered`, but −1 for unknown pixels that no seed reaches: they are not in the graph. */
  active: Int32Array;
  /** The value given for each label 1 … k. */
  values: number[];
  /** Number of pixels to be solved for. */
  unknown: number;
}

/** Renumbers the labels and drops what walls of negative labels cut off. */
export function walkerLabels(labels: Int32Array, shape: readonly [number, number, number]): WalkerLabels {
  const given = [...new Set(labels)].sort((a, b) => a - b);
  const negative = given.filter((value) => value < 0);
  const values = given.filter((value) => value > 0);
  const numbers = new Map<number, number>([[0, 0]]);
  for (const [k, value] of negative.entries()) numbers.set(value, k - negative.length);
  for (const [k, value] of values.entries()) numbers.set(value, k + 1);
  const numbered = labels.map((value) => numbers.get(value)!);
  const active = numbered.slice();
  if (negative.length > 0) {
    const reached = reachedFromSeeds(numbered, shape);
    for (let i = 0; i < active.length; i++) if (reached[i] === 0) active[i] = -1;
  }
  let unknown = 0;
  for (const value of active) if (value === 0) unknown++;
  return { numbered, active, values, unknown };
}

/** 1 for all pixels that are not negative and that a walk from some seed reaches over such pixels. */
function reachedFromSeeds(labels: Int32Array, [, rows, columns]: readonly [number, number, number]): Uint8Array {
  const reached = new Uint8Array(labels.length);
  const stack: number[] = [];
  const visit = (at: number): void => {
    if (labels[at]! < 0 || reached[at] !== 0) return;
    reached[at] = 1;
    stack.push(at);
  };
  const plane = rows * columns;
  for (let i = 0; i < labels.length; i++) if (labels[i]! > 0) visit(i);
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const column = at % columns;
    const row = Math.floor(at / columns) % rows;
    if (column > 0) visit(at - 1);
    if (column + 1 < columns) visit(at + 1);
    if (row > 0) visit(at - columns);
    if (row + 1 < rows) visit(at + columns);
    if (at >= plane) visit(at - plane);
    if (at + plane < labels.length) visit(at + plane);
  }
  return reached;
}
