/**
 * For each pixel the highest level at which it belongs to the component of a seed: the greatest, over all paths of face neighbours from
 * the seed, of the least level on the path. Thresholding it gives the seed's component at any threshold.
 *
 * @param levels integers 0 … count − 1, C-ordered rows of `width`
 */
export function joiningLevels(levels: Uint8Array, width: number, seed: number): Uint8Array {
  const joined = new Uint8Array(levels.length);
  const reached = new Uint8Array(levels.length);
  // Pixels that wait, in a list for each level.
  const first = new Int32Array(256).fill(-1);
  const next = new Int32Array(levels.length);
  const wait = (place: number, level: number): void => {
    reached[place] = 1;
    next[place] = first[level]!;
    first[level] = place;
  };
  wait(seed, levels[seed]!);
  for (let level = 255; level >= 0; level--) {
    // Neighbours never wait above the level at hand.
    for (let place = first[level]!; place >= 0; place = first[level]!) {
      first[level] = next[place]!;
      joined[place] = level;
      const x = place % width;
      const join = (neighbour: number): void => {
        if (reached[neighbour] === 0) wait(neighbour, Math.min(level, levels[neighbour]!));
      };
      if (place >= width) join(place - width);
      if (place < levels.length - width) join(place + width);
      if (x > 0) join(place - 1);
      if (x < width - 1) join(place + 1);
    }
  }
  return joined;
}
