import { ArgumentError } from "@ddl/core";
import type { EvaluationParts } from "./evaluation.js";
import { byName } from "./evaluation.js";

/** Collects values by class and metric, 8 bytes each; what is not set is NaN. */
export class ScoreTable {
  readonly #ids = new Set<string>();
  /** Which metric gave each name. */
  readonly #metrics = new Map<string, string>();
  readonly #columns: Map<string, Map<string, Float64Array>>;

  constructor(classes: readonly string[]) {
    this.#columns = new Map(classes.map((name) => [name, new Map()]));
  }

  get size(): number {
    return this.#ids.size;
  }

  /** Begins a case. @throws ArgumentError if its id is no string, or not the first of its name */
  add(id: unknown): string {
    if (typeof id !== "string" || this.#ids.has(id)) {
      const expected = "be a string, another one for each case";
      throw new ArgumentError({ functionName: "evaluate", argument: "id", expected, received: id });
    }
    this.#ids.add(id);
    return id;
  }

  /** The result of a metric for a class of the last case. @throws ArgumentError if it is neither a number nor a record of numbers */
  set(className: string, metric: string, result: number | object): void {
    const isRecord = typeof result === "object" && result !== null;
    const entries: [string, unknown][] = isRecord ? Object.entries(result) : [[metric, result]];
    for (const [name, value] of entries) {
      if (typeof value !== "number") {
        const expected = "return a number or a record of numbers";
        const argument = name === metric ? `metrics.${metric}` : `metrics.${metric}, entry ${name},`;
        throw new ArgumentError({ functionName: "evaluate", argument, expected, received: value });
      }
    }
    for (const [name, value] of entries) {
      const owner = this.#metrics.get(name) ?? metric;
      if (owner !== metric) {
        const expected = `give names that metrics.${owner} does not`;
        throw new ArgumentError({ functionName: "evaluate", argument: `metrics.${metric}`, expected, received: name });
      }
      this.#metrics.set(name, metric);
      this.#column(className, name)[this.size - 1] = value as number;
    }
  }

  parts(): Pick<EvaluationParts, "ids" | "classes" | "metrics" | "values"> {
    const [ids, classes, metrics] = [[...this.#ids], [...this.#columns.keys()], [...this.#metrics.keys()]];
    const values = byName(classes, (name) =>
      byName(metrics, (metric) => this.#column(name, metric).slice(0, this.size)),
    );
    return { ids, classes, metrics, values };
  }

  /** A column with room for the last case. */
  #column(className: string, metric: string): Float64Array {
    const columns = this.#columns.get(className)!;
    const column = columns.get(metric) ?? new Float64Array();
    if (column.length >= this.size && column.length > 0) return column;
    const larger = new Float64Array(Math.max(16, 2 * this.size)).fill(Number.NaN);
    larger.set(column);
    columns.set(metric, larger);
    return larger;
  }
}
