import { describeKernel } from "@ddl/testing/tensor";
import { deformConv2dCases } from "./cases/deformConv2d.js";

// webgl.browser.test.ts runs them there, with its kernels.
describeKernel("deformConv2d", deformConv2dCases, { except: ["webgl"] });
