import { expectNumber } from "@ddl/core";

/** Checks what an option gives for an undefined score: a finite number or NaN. @throws RangeArgumentError */
export function expectNumberOrNaN(functionName: string, argument: string, value: unknown): void {
  if (!Number.isNaN(value)) expectNumber(functionName, argument, value);
}
