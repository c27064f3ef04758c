// The kernels of this package, as one module.
export { correlatePlanes, correlateSlices } from "./correlate.assembly";
export { gradientPlanes, gradientSlices } from "./gradient.assembly";
