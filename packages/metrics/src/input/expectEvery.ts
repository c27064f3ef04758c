import type { AnyArray } from "@ddl/core";
import { RangeArgumentError } from "@ddl/core";

/** Checks each element of an argument. @throws RangeArgumentError that says which is the first that does not fit */
export function expectEvery(
  functionName: string,
  argument: string,
  data: AnyArray,
  expected: string,
  fits: (value: number) => boolean,
): void {
  for (let i = 0; i < data.length; i++) {
    if (!fits(data[i]!)) {
      const advice = `This is element ${i}.`;
      throw new RangeArgumentError({ functionName, argument, expected, received: data[i], advice });
    }
  }
}
