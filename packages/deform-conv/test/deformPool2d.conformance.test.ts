import { describeKernel } from "@ddl/testing/tensor";
import { deformPool2dCases } from "./cases/deformPool2d.js";

describeKernel("deformPool2d", deformPool2dCases);
