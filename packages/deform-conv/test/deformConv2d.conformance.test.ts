import { describeKernel } from "@ddl/testing/tensor";
import { deformConv2dCases } from "./cases/deformConv2d.js";

describeKernel("deformConv2d", deformConv2dCases);
