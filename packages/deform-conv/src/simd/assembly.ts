/** The kernels, one module. Products of blocks are those of `@ddl/backend-simd`. */
export { deformBinGradient, deformBinSums, sumOf4, sumOf32 } from "./bins.assembly";
export { deformForward, deformPackFilter, deformZero, sample } from "./forward.assembly";
export {
  deformGradients,
  deformPackTransposed,
  deformPlan,
  deformReduce,
  differentiateTap,
  scatterTap,
} from "./gradients.assembly";
// Exported, a function stays one: put into the loop that calls it, V8 spills its registers, and a product takes twice the time.
export {
  rowTile6x2Stride64,
  rowTile6x2Stride128,
  rowTile6x2Stride256,
  rowTile6x2Stride512,
  rowTile6x2Stride1088,
} from "../../../backend-simd/src/kernels/gemm/tiles.assembly";
