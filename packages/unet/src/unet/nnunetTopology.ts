/** The shortest edge of the coarsest features. */
const shortest = 4;

/** One entry a stage, the finest first. */
export interface Topology {
  /** How much coarser than the stage before, an axis. */
  strides: number[][];
  kernelSizes: number[][];
}

/**
 * How nnU-Net halves a patch: an axis as long as 4 pixels would be left, and only while its pixels are less than twice as long as the shortest
 * of those that can still be halved; kernels are 1 along an axis until its pixels are less than twice as long as the shortest of all, and 3 from
 * then on. The coarsest stage has 3 everywhere.
 *
 * Source: Isensee et al. 2021 (`isensee2021`) and nnU-Net's `get_pool_and_conv_props`.
 */
export function planTopology(size: readonly number[], spacing: readonly number[]): Topology {
  let lengths = [...size];
  let pixel = [...spacing];
  const kernel = size.map(() => 1);
  const strides = [size.map(() => 1)];
  const kernelSizes: number[][] = [];
  for (;;) {
    const divisible = lengths.flatMap((n, k) => (n >= 2 * shortest ? [k] : []));
    const least = Math.min(...divisible.map((k) => pixel[k]!));
    const halved = divisible.filter((k) => pixel[k]! / least < 2);
    // A last axis alone is not worth a stage unless it is long.
    if (halved.length === 0 || (halved.length === 1 && lengths[halved[0]!]! < 3 * shortest)) break;
    const finest = Math.min(...pixel);
    for (const k of kernel.keys()) if (pixel[k]! / finest < 2) kernel[k] = 3;
    kernelSizes.push([...kernel]);
    const stride = size.map((_, k) => (halved.includes(k) ? 2 : 1));
    strides.push(stride);
    lengths = lengths.map((n, k) => Math.ceil(n / stride[k]!));
    pixel = pixel.map((length, k) => length * stride[k]!);
  }
  kernelSizes.push(size.map(() => 3));
  return { strides, kernelSizes };
}
