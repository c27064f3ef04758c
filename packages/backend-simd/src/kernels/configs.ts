import { batchNormKernels } from "./batchNorm/kernel.js";
import { castKernel } from "./cast/kernel.js";
import { conv2dKernels } from "./conv2d/kernel.js";
import { conv3dKernels } from "./conv3d/kernel.js";
import { copyKernels } from "./copy/kernel.js";
import { depthwiseKernels } from "./depthwiseConv2d/kernel.js";
import { elementwiseKernels } from "./elementwise/kernel.js";
import { groupedConv2dKernels } from "./groupedConv2d/kernel.js";
import { groupNormKernels } from "./groupNorm/kernel.js";
import { matMulKernels } from "./matMul/kernel.js";
import { optimizerKernels } from "./optimizers/kernel.js";
import { pool2dKernels } from "./pool2d/kernel.js";
import { reduceKernels } from "./reduce/kernel.js";
import { resizeKernels } from "./resize2d/kernel.js";
import type { SimdKernelConfig } from "./simdKernel.js";

/** All kernels that are written for this backend. */
export const kernelConfigs: readonly SimdKernelConfig[] = [
  castKernel,
  ...batchNormKernels,
  ...conv2dKernels,
  ...conv3dKernels,
  ...copyKernels,
  ...depthwiseKernels,
  ...elementwiseKernels,
  ...groupNormKernels,
  ...groupedConv2dKernels,
  ...matMulKernels,
  ...optimizerKernels,
  ...pool2dKernels,
  ...reduceKernels,
  ...resizeKernels,
];
