// The kernels of this package, as one module.
export { chanVeseFloat32 } from "./float32.assembly";
export { chanVeseFloat64, chanVeseVolumeFloat64, regionSumsFloat64 } from "./float64.assembly";
