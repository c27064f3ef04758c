import { expectNumber, ShapeError } from "@ddl/core";

/** Shape of what a network is given, without the batch: [rows, columns, channels] or [planes, rows, columns, channels]. */
export type UnetInputShape =
  | readonly [rows: number | null, columns: number | null, channels: number]
  | readonly [planes: number, rows: number, columns: number, channels: number];

const axisNames = ["planes", "rows", "columns"];

/** Checks lengths and their number, of which `ranks` are allowed. @throws ShapeError, RangeArgumentError */
export function expectInputShape(
  functionName: string,
  inputShape: unknown,
  ranks: readonly number[] = [3, 4],
): readonly (number | null)[] {
  if (!Array.isArray(inputShape) || !ranks.includes(inputShape.length)) {
    const kinds: Record<number, string> = { 3: "(rows, columns, channels)", 4: "(planes, rows, columns, channels)" };
    const expected = `have ${ranks.map((rank, k) => `${rank} ${k === 0 ? "entries " : ""}${kinds[rank]}`).join(" or ")}`;
    throw new ShapeError({ functionName, argument: "inputShape", expected, received: inputShape });
  }
  const image = inputShape.length === 3;
  for (const [k, n] of (inputShape as unknown[]).entries()) {
    if (!(image && k < 2 && n === null)) expectNumber(functionName, "inputShape", n, { integer: true, min: 1 });
  }
  return inputShape as (number | null)[];
}

/**
 * Checks that the axes of space divide by `steps`.
 * @param meaning what the steps are, if they are alike
 * @throws ShapeError that names the lengths that would do
 */
export function expectMultiples(
  functionName: string,
  inputShape: readonly (number | null)[],
  steps: readonly number[],
  meaning?: string,
): void {
  const wrong = steps.flatMap((step, k) => (inputShape[k] !== null && inputShape[k]! % step !== 0 ? [k] : []));
  if (wrong.length === 0) return;
  const names = axisNames.slice(-steps.length);
  const alike = steps.every((step) => step === steps[0]);
  const advice = wrong.map((k) => {
    const [n, step] = [inputShape[k]!, steps[k]!];
    const near = n < step ? `${step}` : `${n - (n % step)} or ${n - (n % step) + step}`;
    return `In place of ${n}, ${near} would do.`;
  });
  throw new ShapeError({
    functionName,
    argument: "inputShape",
    expected: `have ${list(names)} that are multiples of ${alike ? steps[0] : list(steps)}${meaning ? ` (${meaning})` : ""}`,
    received: inputShape,
    advice: advice.join(" "),
  });
}

function list(words: readonly (string | number)[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
