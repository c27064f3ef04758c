import { ArgumentError, RangeArgumentError, ShapeError } from "@ddl/core";

/** Scores of the same cases, in the same order, by method; NaN where undefined. */
export type MethodScores = Readonly<Record<string, ArrayLike<number>>>;

/** A table's methods with the cases for which all of them have a score. */
export interface CompleteCases {
  names: string[];
  /** One array a method. */
  columns: Float64Array[];
  /** Number of cases that were left out. */
  dropped: number;
}

/** Checks a table. @throws ArgumentError, ShapeError, RangeArgumentError for an infinity */
export function expectTable(functionName: string, table: MethodScores, minimum: number): [string, Float64Array][] {
  const entries = table !== null && typeof table === "object" ? Object.entries(table) : [];
  if (entries.length < minimum) {
    const expected = `have at least ${minimum} methods, each with its scores`;
    throw new ArgumentError({ functionName, argument: "table", expected, received: table });
  }
  return entries.map(([name, values]) => {
    const argument = `table.${name}`;
    if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
      throw new ArgumentError({ functionName, argument, expected: "be an array of numbers", received: values });
    }
    const column = Float64Array.from(values as ArrayLike<number>);
    const { length } = entries[0]![1];
    if (column.length !== length) {
      const expected = `have ${length} scores, as many as ${entries[0]![0]}`;
      throw new ShapeError({ functionName, argument, expected, received: column.length });
    }
    const infinite = column.find((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
    if (infinite !== undefined) {
      const advice = "Where a distance is infinite, an emptyPolicy can give the worst one.";
      const expected = "hold finite numbers, or NaN where undefined";
      throw new RangeArgumentError({ functionName, argument, expected, received: infinite, advice });
    }
    return [name, column];
  });
}

/** The cases without a NaN. @throws as {@link expectTable}; ShapeError if fewer than `minimumCases` are left */
export function completeCases(
  functionName: string,
  table: readonly (readonly [string, Float64Array])[],
  minimumCases: number,
): CompleteCases {
  const all = table.map(([, column]) => column);
  const keep = Array.from(all[0]!, (_, k) => !all.some((column) => Number.isNaN(column[k])));
  const columns = all.map((column) => column.filter((_, k) => keep[k]));
  const cases = columns[0]!.length;
  const names = table.map(([name]) => name);
  if (cases < minimumCases) {
    const expected = `have at least ${minimumCases} cases with a score of each of ${names.join(", ")}`;
    throw new ShapeError({ functionName, argument: "table", expected, received: cases });
  }
  return { names, columns, dropped: keep.length - cases };
}
