// Numbers that are the same on every run and on both sides.

/** Uniform floats in [-0.5, 0.5) from a seed (mulberry32). */
export function randomFloats(length, seed) {
  const values = new Float32Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    values[i] = ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  }
  return values;
}

/** Values with their shape, from a seed. */
export function randomArray(shape, seed) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, values: randomFloats(length, seed) };
}
