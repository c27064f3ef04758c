import { deformConvSupport } from "@ddl/deform-conv";
import { ready as simdReady } from "@ddl/deform-conv/simd";
import { ready as wasmReady } from "@ddl/deform-conv/wasm";
import { describeBackend } from "@ddl/testing/tensor";
import { beforeAll, expect, test } from "vitest";
import { deformConv2dCases } from "./cases/deformConv2d.js";
import { deformConv2dTransposeCases } from "./cases/deformConv2dTranspose.js";
import { deformPool2dCases } from "./cases/deformPool2d.js";

// The conformance tests once more, with the kernels that the imports register.
beforeAll(async () => void (await Promise.all([simdReady, wasmReady])));

for (const backend of ["simd", "wasm"]) {
  describeBackend("kernels of deformConv2d", backend, () => {
    test("are in use", () => expect(deformConvSupport(backend).forward).toBe("kernel"));
    deformConv2dCases();
  });
  describeBackend("kernels of deformConv2dTranspose", backend, () => {
    test("are in use", () => expect(deformConvSupport(backend).inputGradient).toBe("kernel"));
    deformConv2dTransposeCases();
  });
  describeBackend("deformPool2d by kernels of deformConv2d", backend, () => deformPool2dCases(backend));
}
