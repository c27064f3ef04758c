import { describeKernel } from "@ddl/testing/tensor";
import { deformConv2dTransposeCases } from "./cases/deformConv2dTranspose.js";

describeKernel("deformConv2dTranspose", deformConv2dTransposeCases);
