import type { Random } from "@ddl/core";

/** How one patient was scanned. */
export interface Acquisition {
  /** Grey value of white matter on each of the three sequences. */
  gains: readonly [number, number, number];
  /** Standard deviation of the noise of both parts of the complex signal, in grey values, for each sequence. */
  noise: readonly [number, number, number];
  /** Strength of the receiver's slow variation in log units: along columns, rows and slices, and towards the rim. */
  bias: readonly [number, number, number, number];
  /** Share of the signal that appears a second time, half a field of view away. */
  ghost: number;
  /** True if the post-contrast sequence is missing and FLAIR stands in its place. */
  postMissing: boolean;
}

const ANGLES = 1024;
const COSINES = Float32Array.from({ length: ANGLES }, (_, k) => Math.cos((2 * Math.PI * (k + 0.5)) / ANGLES));
const QUANTILES = 4096;
/** Quantiles of a Rayleigh distribution: the length of a vector of two normal numbers. */
const LENGTHS = Float32Array.from({ length: QUANTILES }, (_, k) => Math.sqrt(-2 * Math.log((k + 0.5) / QUANTILES)));

/**
 * Turns the signals of one slice into grey values: receiver bias, ghost, gain, Rician noise, rounding to uint8.
 *
 * Rician noise is the length of a complex signal whose two parts are disturbed by normal noise of the same strength
 * (Gudbjartsson and Patz, Magnetic Resonance in Medicine 34, 1995); with the disturbance of length R at angle φ it is
 * √(s² + 2sRcosφ + R²), so that one draw a value is enough.
 * @param signals (size, size, 3), white matter at 1
 * @param height of the slice, -1 to 1 over the volume
 * @returns (size, size, 3)
 */
export function acquire(
  acquisition: Acquisition,
  random: Random,
  size: number,
  height: number,
  signals: Float32Array,
): Uint8Array<ArrayBuffer> {
  const { gains, noise, ghost } = acquisition;
  const received = receive(acquisition, size, height, signals);
  const image = new Uint8Array(size * size * 3);
  const half = (size >> 1) * size * 3;
  for (let at = 0; at < image.length; at++) {
    const channel = at % 3;
    const echo = at < half ? received[at + half] : received[at - half];
    const signal = gains[channel] * (received[at] + ghost * (echo ?? 0));
    const draw = random.uniform() * QUANTILES;
    const bin = Math.floor(draw);
    const length = noise[channel] * LENGTHS[bin];
    const cosine = COSINES[Math.floor((draw - bin) * ANGLES)];
    const magnitude = Math.sqrt(signal * signal + 2 * signal * length * cosine + length * length);
    image[at] = magnitude > 255 ? 255 : Math.round(magnitude);
  }
  if (acquisition.postMissing) for (let at = 2; at < image.length; at += 3) image[at] = image[at - 1];
  return image;
}

/** Multiplies by the receiver's sensitivity, which differs a little between the sequences. */
function receive(acquisition: Acquisition, size: number, height: number, signals: Float32Array): Float32Array {
  const [across, along, through, rim] = acquisition.bias;
  const received = new Float32Array(signals.length);
  for (let row = 0, at = 0; row < size; row++) {
    const v = (2 * row + 1) / size - 1;
    for (let column = 0; column < size; column++, at += 3) {
      if (signals[at] === 0) continue;
      const u = (2 * column + 1) / size - 1;
      const log = across * u + along * v + through * height + rim * (u * u + v * v - 0.35) + 0.5 * across * u * v;
      const sensitivity = Math.exp(log);
      received[at] = signals[at] * sensitivity;
      received[at + 1] = signals[at + 1] * (1 + 0.8 * (sensitivity - 1));
      received[at + 2] = signals[at + 2] * (0.6 + 0.4 * sensitivity);
    }
  }
  return received;
}
