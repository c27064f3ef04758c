/** Lengths of x (batch, pixels, channels), and the number of groups. */
export interface Lengths {
  batch: number;
  pixels: number;
  channels: number;
  groups: number;
}

/** What the definition gives, in float64: of y, of its moments, and of the gradients for a gradient dy of y. */
export interface GroupNormReference {
  y: Float64Array;
  /** (batch, groups). */
  mean: Float64Array;
  variance: Float64Array;
  dx: Float64Array;
  dScale: Float64Array;
  dOffset: Float64Array;
  /** What the rounding of each gradient is relative to, where the mean is a float32. */
  sizeOfX: Float64Array;
  sizeOfScale: Float64Array;
  sizeOfOffset: Float64Array;
}

type Numbers = ArrayLike<number>;

/** Group normalisation and its gradients by their definition: plain loops over each image and group, and the chain rule. */
export function groupNormReference(
  { batch, pixels, channels, groups }: Lengths,
  { x, dy, scale, offset, epsilon }: { x: Numbers; dy: Numbers; scale?: Numbers; offset?: Numbers; epsilon: number },
): GroupNormReference {
  const all = (length: number) => new Float64Array(length);
  const [y, dx, sizeOfX] = [all(x.length), all(x.length), all(x.length)];
  const [mean, variance] = [all(batch * groups), all(batch * groups)];
  const [dScale, dOffset, sizeOfScale, sizeOfOffset] = [all(channels), all(channels), all(channels), all(channels)];
  const size = channels / groups;
  const count = pixels * size;
  for (let item = 0; item < batch * groups; item++) {
    const [image, group] = [Math.floor(item / groups), item % groups];
    const forEach = (use: (at: number, channel: number) => void): void => {
      for (let pixel = 0; pixel < pixels; pixel++) {
        for (let channel = group * size; channel < (group + 1) * size; channel++) {
          use((image * pixels + pixel) * channels + channel, channel);
        }
      }
    };
    let [average, spread, sum, product, largest] = [0, 0, 0, 0, 0];
    forEach((at) => {
      average += x[at]! / count;
    });
    forEach((at) => {
      spread += (x[at]! - average) ** 2 / count;
    });
    mean[item] = average;
    variance[item] = spread;
    const inverse = 1 / Math.sqrt(spread + epsilon);
    // What a mean of float32 loses, in widths: 2^-24 of it, of which a tolerance of 4e-6 is the 67th part.
    const lost = (Math.abs(average) * inverse) / 67;
    forEach((at, channel) => {
      const normal = (x[at]! - average) * inverse;
      const factor = scale?.[channel] ?? 1;
      y[at] = normal * factor + (offset?.[channel] ?? 0);
      sum += dy[at]! * factor;
      product += dy[at]! * factor * normal;
      largest = Math.max(largest, Math.abs(dy[at]! * factor));
      dScale[channel]! += dy[at]! * normal;
      dOffset[channel]! += dy[at]!;
      sizeOfScale[channel]! += Math.abs(dy[at]!) * (1 + Math.abs(normal) + lost);
      sizeOfOffset[channel]! += Math.abs(dy[at]!);
    });
    forEach((at, channel) => {
      const normal = (x[at]! - average) * inverse;
      dx[at] = inverse * (dy[at]! * (scale?.[channel] ?? 1) - sum / count - (normal * product) / count);
      sizeOfX[at] = inverse * largest * (1 + Math.abs(normal)) * (1 + lost);
    });
  }
  return { y, mean, variance, dx, dScale, dOffset, sizeOfScale, sizeOfOffset, sizeOfX };
}
