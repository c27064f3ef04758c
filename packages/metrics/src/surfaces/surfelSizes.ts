/**
 * One surface element of each kind that symmetries of the cube and swapping inside and outside do not turn into one another:
 * corners inside, as bits 128 … 1 for (0, 0, 0), (0, 0, 1), … (1, 1, 1), then the normals of its triangles in eighths.
 */
const kinds: [code: number, ...normals: [number, number, number][]][] = [
  [1, [1, 1, 1]],
  [3, [2, 2, 0], [2, 2, 0]],
  [6, [1, 1, 1], [1, 1, 1]],
  [7, [4, 0, 0], [2, 2, 2], [1, 1, 1]],
  [15, [4, 0, 0], [4, 0, 0]],
  [22, [1, 1, 1], [1, 1, 1], [1, 1, 1]],
  [23, [1, 1, 1], [1, 1, 1], [2, 2, 2], [2, 2, 2]],
  [24, [1, 1, 1], [1, 1, 1]],
  [25, [0, 2, 2], [0, 2, 2], [1, 1, 1]],
  [27, [1, 1, 1], [3, 3, 3], [0, 2, 2], [2, 0, 2]],
  [30, [4, 0, 0], [1, 1, 1], [1, 1, 1], [2, 2, 2]],
  [60, [2, 2, 0], [2, 2, 0], [2, 2, 0], [2, 2, 0]],
  [105, [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]],
];

const axisOrders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/**
 * Length (two axes) or area (three) of the contour through the point between 2 × 2 or 2 × 2 × 2 pixels, for each code: the pixels
 * inside as bits, the first pixel in raster order highest. 0 for a point that no contour passes.
 *
 * The pieces are those of marching squares and cubes with vertices half-way (`lorensen1987`), as surface-distance publishes them.
 */
export function surfelSizes(spacing: readonly number[]): Float64Array {
  const [s0, s1, s2] = spacing as [number, number, number];
  if (spacing.length === 2) {
    const half = 0.5 * Math.sqrt(s0 * s0 + s1 * s1);
    return Float64Array.from({ length: 16 }, (_, code) => {
      if (code === 0 || code === 15) return 0;
      if (code === 3 || code === 12) return s1;
      if (code === 5 || code === 10) return s0;
      return code === 6 || code === 9 ? 2 * half : half;
    });
  }
  const areas = new Float64Array(256);
  for (const [kind, ...normals] of kinds) {
    for (const order of axisOrders) {
      let area = 0;
      for (const normal of normals) {
        const n0 = (normal[order[0]]! / 8) * s1 * s2;
        const n1 = (normal[order[1]]! / 8) * s0 * s2;
        const n2 = (normal[order[2]]! / 8) * s0 * s1;
        area += Math.sqrt(n0 * n0 + n1 * n1 + n2 * n2);
      }
      for (let flip = 0; flip < 8; flip++) {
        let code = 0;
        for (let corner = 0; corner < 8; corner++) {
          if (((kind >> (7 - corner)) & 1) === 0) continue;
          let moved = 0;
          for (const axis of order) moved = (moved << 1) | ((corner >> (2 - axis)) & 1);
          code |= 128 >> (moved ^ flip);
        }
        areas[code] = areas[255 - code] = area;
      }
    }
  }
  return areas;
}
