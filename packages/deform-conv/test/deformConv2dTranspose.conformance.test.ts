import { describeKernel } from "@ddl/testing/tensor";
import { deformConv2dTransposeCases } from "./cases/deformConv2dTranspose.js";

// webgl.browser.test.ts runs them there, with its kernels.
describeKernel("deformConv2dTranspose", deformConv2dTransposeCases, { except: ["webgl"] });
