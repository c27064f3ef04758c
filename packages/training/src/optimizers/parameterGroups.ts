import { ArgumentError, expectNumber, expectOptions } from "@ddl/core";

/** Weights that are trained otherwise than the rest. */
export interface ParameterGroup {
  /**
   * Which weights: a layer or module by its name (`encoder` has `encoder/kernel` and `encoder.layer1.0.conv1/kernel`), an expression, or a
   * function, both of the weight's name.
   */
  match: string | RegExp | ((name: string) => boolean);
  /** Factor of the learning rate, ≥ 0. Default 1. */
  learningRateFactor?: number;
  /** Weight decay in place of the optimiser's, ≥ 0. */
  weightDecay?: number;
}

/** Checks groups. @throws ArgumentError, RangeArgumentError */
export function checkParameterGroups(
  functionName: string,
  prefix: string,
  groups: readonly ParameterGroup[],
): readonly ParameterGroup[] {
  if (!Array.isArray(groups)) {
    throw new ArgumentError({ functionName, argument: `${prefix}groups`, expected: "be an array", received: groups });
  }
  for (const [k, group] of groups.entries()) {
    const {
      match,
      learningRateFactor = 1,
      weightDecay = 0,
    } = expectOptions(functionName, group as ParameterGroup, ["match", "learningRateFactor", "weightDecay"]);
    const argument = `${prefix}groups[${k}]`;
    if (!(typeof match === "function" || match instanceof RegExp || (typeof match === "string" && match !== ""))) {
      const expected = "be a layer's name, a regular expression or a function";
      throw new ArgumentError({ functionName, argument: `${argument}.match`, expected, received: match });
    }
    expectNumber(functionName, `${argument}.learningRateFactor`, learningRateFactor, { min: 0 });
    expectNumber(functionName, `${argument}.weightDecay`, weightDecay, { min: 0 });
  }
  return groups;
}

/** Checks that each group has a weight: a misspelt name would otherwise change nothing in silence. @throws ArgumentError */
export function expectGroupsMatch(
  functionName: string,
  prefix: string,
  groups: readonly ParameterGroup[],
  names: readonly string[],
): void {
  for (const [k, group] of groups.entries()) {
    if (names.some((name) => matches(group, name))) continue;
    throw new ArgumentError({
      functionName,
      argument: `${prefix}groups[${k}].match`,
      expected: `match a trainable weight of the model (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`,
      received: String(group.match),
    });
  }
}

/** The group of a weight is the first that matches. */
export function groupOf(groups: readonly ParameterGroup[], name: string): ParameterGroup | undefined {
  return groups.find((group) => matches(group, name));
}

function matches({ match }: ParameterGroup, name: string): boolean {
  if (typeof match === "function") return match(name);
  // Unlike `test`, `search` forgets where an expression with the flag g or y has stopped.
  if (match instanceof RegExp) return name.search(match) >= 0;
  return name === match || name.startsWith(`${match}/`) || name.startsWith(`${match}.`);
}

/** Options as a text in which groups are told apart. */
export function describeOptions(options: object): string {
  return JSON.stringify(options, (_, value) =>
    value instanceof RegExp ? String(value) : typeof value === "function" ? "a function" : value,
  );
}
