/** The kernels, one module. Products of blocks are those of `@ddl/backend-simd`. */
export { deformForward, deformPackFilter, deformZero } from "./forward.assembly";
export { deformGradients, deformPackTransposed, deformPlan, deformReduce } from "./gradients.assembly";
