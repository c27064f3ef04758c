import { ArgumentError } from "@ddl/core";

/** Checks a list with at least `least` entries, 0 or 1. @throws ArgumentError */
export function expectList(functionName: string, argument: string, list: unknown, least: 0 | 1): void {
  if (!Array.isArray(list) || list.length < least) {
    const expected = least === 0 ? "be a list" : "be a list that is not empty";
    throw new ArgumentError({ functionName, argument, expected, received: list });
  }
}
