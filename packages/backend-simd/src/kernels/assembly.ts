/** Every kernel of the module. */
export { sumPartials } from "./gemm/assembly";
export { matMul, matMulPack } from "./matMul/assembly";
export { convolve, convolveFilterGradient, convolvePackInputGradient } from "./conv2d/assembly";
export {
  winogradConvolve,
  winogradFilter,
  winogradFilterGradient,
  winogradFilterGradientFinish,
  winogradFilterTurned,
} from "./winograd/assembly";
export { depthwiseConvolve, depthwiseFilterGradient, repeatFloats, sumFloats } from "./depthwiseConv2d/assembly";
export { groupedConvolve, groupedFilterGradient, groupedPack, groupedPackLanes } from "./groupedConv2d/assembly";
export { addTensors, binaryMap, binaryShortRows, selectElements, unaryMap } from "./elementwise/assembly";
export { reduceFinish, reduceSegments, softmaxRows } from "./reduce/assembly";
export { castElements, copyPairs, copyStrided, copyTransposed, fillPattern, gatherRows, segmentSums } from "./copy/assembly";
export { maxPoolHalfGradient, pool, poolGradient } from "./pool2d/assembly";
export {
  batchMoments,
  batchMomentsFinish,
  batchNormalize,
  batchNormGradients,
  batchNormGradientsFinish,
  batchNormTrainingGradient,
} from "./batchNorm/assembly";
export {
  groupChannelGradients,
  groupMoments,
  groupMomentsFinish,
  groupNormalize,
  groupNormGradient,
  groupNormGradients,
  groupNormGradientsFinish,
} from "./groupNorm/assembly";
export { adamStep, momentumStep, sgdStep } from "./optimizers/assembly";
export { resizeBilinear, resizeGradient, resizeNearest, resizeTables } from "./resize2d/assembly";
export { convolve3d, convolve3dFilterGradient, convolve3dPackInputGradient } from "./conv3d/assembly";
// Not kernels. Binaryen inlines a function with a single caller unless it is exported, and inside the larger function
// V8 was seen to keep the sums of these loops on the stack.
export {
  columnTile6x2,
  laneTile6x2Stride16,
  laneTile6x2Stride32,
  laneTile6x2Stride64,
  laneTile6x2Stride128,
  lanePixelTile2x2,
  pixelTile2x2,
  pixelTile4x1,
  rowTile6x2,
  rowTile6x2Stride64,
  rowTile6x2Stride128,
  rowTile6x2Stride256,
  rowTile6x2Stride512,
  rowTile6x2Stride1088,
  windowTile6x2Stride16,
  windowTile6x2Stride32,
  windowTile6x2Stride64,
  windowTile6x2Stride128,
  windowTile12x1Stride16,
  windowTile12x1Stride32,
  windowTile12x1Stride64,
  windowTile12x1Stride128,
} from "./gemm/tiles.assembly";
export {
  transformFilter,
  transformFilterGradient,
  transformGradient,
  transformInput,
  transformOutput,
} from "./winograd/transforms.assembly";
