import { ArgumentError, expectBoolean, expectNumber, expectString, RangeArgumentError } from "@ddl/core";
import type { Values } from "../input/values.js";

/** Names of the classes by label, or their number: labels 0 … classes − 1, where 0 is the background. */
export type ClassNames = number | Readonly<Record<number, string>>;

/** A class to evaluate; without a label, anything but 0 is inside. */
interface EvaluatedClass {
  name: string;
  label?: number;
}

/** The classes that the options ask for, in the order of their labels. */
export function evaluatedClasses(
  functionName: string,
  classes: ClassNames | undefined,
  background: boolean,
): EvaluatedClass[] {
  expectBoolean(functionName, "background", background);
  const zero = background ? [{ name: "background", label: 0 }] : [];
  if (classes === undefined) return [...zero, { name: "foreground" }];
  if (typeof classes === "object" && classes !== null) {
    const list = Object.entries(classes).map(([key, name]) => ({
      label: expectNumber(functionName, "each key of classes", Number(key), { integer: true, min: 0 }),
      name: expectString(functionName, `classes[${key}]`, name),
    }));
    if (list.length === 0 || new Set(list.map(({ name }) => name)).size < list.length) {
      const expected = "have at least one class, each of another name";
      throw new ArgumentError({ functionName, argument: "classes", expected, received: list.map(({ name }) => name) });
    }
    return 0 in classes ? list : [...zero, ...list];
  }
  expectNumber(functionName, "classes", classes, { integer: true, min: 2 });
  return [...zero, ...Array.from({ length: classes - 1 }, (_, k) => ({ name: String(k + 1), label: k + 1 }))];
}

/** Checks that an array holds no label but those of the classes and 0; without classes, no NaN. @throws RangeArgumentError */
export function expectLabels(
  functionName: string,
  argument: string,
  { data }: Values,
  classes: readonly EvaluatedClass[],
): void {
  const known = new Set([0, ...classes.map(({ label = Number.NaN }) => label)]);
  const anyLabel = known.has(Number.NaN);
  for (let i = 0; i < data.length; i++) {
    const received = data[i]!;
    if (anyLabel ? !Number.isNaN(received) : known.has(received)) continue;
    const expected = anyLabel ? "hold no NaN" : `hold only the labels ${[...known].sort((a, b) => a - b).join(", ")}`;
    throw new RangeArgumentError({ functionName, argument, expected, received, advice: `This is element ${i}.` });
  }
}

/** The mask of 0 and 1 of one class; without a label, of anything but 0. */
export function classMask({ data, shape }: Values, { label }: EvaluatedClass): Values<Uint8Array> {
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < mask.length; i++) if (label === undefined ? data[i] !== 0 : data[i] === label) mask[i] = 1;
  return { data: mask, shape };
}
