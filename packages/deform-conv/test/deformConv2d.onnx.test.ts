import { deformConv2d } from "@ddl/deform-conv";
import { describeKernel } from "@ddl/testing/tensor";
import { test } from "vitest";
import golden from "./goldens/onnxDeformConv.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { expectClose, tensorOf } from "./goldenTensors.js";

describeKernel("deformConv2d on ONNX's published cases", () => {
  test.each(golden.cases)("$name", async ({ inputs, options, value }) => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([name, entry]) => [name, tensorOf(entry as Entry)]));
    const { x, filter, offset, ...branches } = tensors;
    await expectClose("value", deformConv2d(x!, filter!, offset!, { ...options, ...branches }), value);
  });
});
