export type { SimdInverseGaussianGradientOptions } from "./simdInverseGaussianGradient.js";
export { simdInverseGaussianGradient } from "./simdInverseGaussianGradient.js";
