import { binaryClosing, binaryDilation, binaryErosion, binaryOpening, fillHoles } from "@ddl/ndimage";
import type { GoldenArray } from "@ddl/testing";
import { goldenArray } from "@ddl/testing";
import { expect, test } from "vitest";
import golden from "./goldens/scipyMorphologyCases.json" with { type: "json" };

const functions = { binaryErosion, binaryDilation, binaryOpening, binaryClosing, fillHoles };

interface Case {
  test: string;
  function: keyof typeof functions;
  input: GoldenArray;
  options: {
    structuringElement?: GoldenArray;
    mask?: GoldenArray;
    origin?: number[];
    iterations?: number | "until-stable";
    borderValue?: 0 | 1;
  };
  result: GoldenArray;
}

// The literal arrays of scipy's test_morphology.py, by the script beside the golden.
test.each(golden.cases as Case[])("$test: $function", (one) => {
  const { structuringElement, mask, ...plain } = one.options;
  const options = {
    ...plain,
    ...(structuringElement === undefined ? {} : { structuringElement: goldenArray(structuringElement) }),
    ...(mask === undefined ? {} : { mask: goldenArray(mask) }),
  };
  expect(functions[one.function](goldenArray(one.input), options)).toEqualArray(goldenArray(one.result));
});
