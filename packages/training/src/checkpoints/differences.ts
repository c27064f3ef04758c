import { describe } from "@ddl/core";

/**
 * Where two JSON values differ: `a.size: 32 there, 64 here`.
 * @returns one text a difference, empty if there is none
 */
export function differences(there: unknown, here: unknown, path = ""): string[] {
  if (!isObject(there) || !isObject(here)) {
    if (JSON.stringify(there) === JSON.stringify(here)) return [];
    return [`${path}: ${shown(there)} there, ${shown(here)} here`];
  }
  const keys = new Set([...Object.keys(there), ...Object.keys(here)]);
  return [...keys].flatMap((key) => differences(there[key], here[key], path === "" ? key : `${path}.${key}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : describe(value);
}
