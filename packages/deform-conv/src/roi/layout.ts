/** How RoIs are cut into bins and sampled, in numbers alone: what a kernel is told that cuts them itself. */
export interface RoiLayout {
  /**
   * `"aligned"`: samples of the clamped interpolant in the middles of a bin's parts; `"rounded"`: whole pixels; `"kept"`: samples from a
   * bin's corner on, those outside left out.
   */
  kind: "aligned" | "rounded" | "kept";
  /** (batch, height, width, channels) of the image. */
  image: readonly [number, number, number, number];
  /** RoIs. */
  count: number;
  outputSize: readonly [number, number];
  spatialScale: number;
  /** Samples a bin along each axis; below 1: as many as the bin has pixels, rounded up. */
  samplingRatio?: number;
  /** Of `"aligned"`: whether half a pixel is taken off. */
  aligned?: boolean;
  /** Of `"rounded"`: whether an RoI ends with the pixel at its end. */
  inclusive?: boolean;
  /** Of `"rounded"`: whether the last row and column are left out. */
  clipToLast?: boolean;
  /** Groups of channels along y and x. Default: one for all. */
  groupSize?: readonly [number, number];
  /** Parts with offsets along y and x. Default: the bins. */
  partSize?: readonly [number, number];
  /** Classes with offsets of their own. Default 1. */
  classes?: number;
  /** Scale of the offsets. */
  gamma?: number;
  offsetOrder?: "yx" | "xy";
}

/** Channels of the result. */
function outputsOf({ image, groupSize = [1, 1] }: RoiLayout): number {
  return image[3] / (groupSize[0] * groupSize[1]);
}

/** Shape of the result: (RoIs, bins along y, bins along x, channels). */
export function shapeOf(layout: RoiLayout): number[] {
  return [layout.count, ...layout.outputSize, outputsOf(layout)];
}
