// Two pairs of masks of 256 × 256 × 64 voxels, made from a fixed seed.
export const shape = [256, 256, 64];
export const spacing = [0.9, 0.9, 2.5];

const centres = [
  [126, 130, 31],
  [130, 127, 32.5],
];
const radii = [
  [68, 61, 21.5],
  [70, 62, 21],
];

/** @returns `{ islands, compact }`, each a reference and a prediction, Uint8Array of 0 and 1 */
export function maskPairs() {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const compact = centres.map((centre, k) => draw(new Uint8Array(256 * 256 * 64), centre, radii[k]));
  const islands = compact.map((mask) => {
    const result = mask.slice();
    for (let k = 0; k < 60; k++) {
      const centre = [random() * 255, random() * 255, random() * 63];
      draw(result, centre, [2 + 4 * random(), 2 + 4 * random(), 1 + 2 * random()]);
    }
    // The window is the whole image.
    result[0] = 1;
    result[result.length - 1] = 1;
    return result;
  });
  return { islands, compact };
}

/** Sets the voxels of an ellipsoid. */
function draw(mask, centre, radius) {
  const range = (k) => [Math.max(0, Math.ceil(centre[k] - radius[k])), Math.min(shape[k] - 1, centre[k] + radius[k])];
  const share = (x, k) => ((x - centre[k]) / radius[k]) ** 2;
  const [[i0, i1], [j0, j1], [k0, k1]] = [0, 1, 2].map(range);
  for (let i = i0; i <= i1; i++) {
    for (let j = j0; j <= j1; j++) {
      for (let k = k0; k <= k1; k++) {
        if (share(i, 0) + share(j, 1) + share(k, 2) <= 1) mask[(i * shape[1] + j) * shape[2] + k] = 1;
      }
    }
  }
  return mask;
}
