import { ellipsoidDepth } from "./tissue.js";

type Node = readonly [x: number, y: number, z: number, radius: number];

/** Centre line of a lateral ventricle: front horn, body, trigone, rear horn; then the lower horn from the trigone. */
const BODY: readonly Node[] = [
  [0.15, -0.4, 0.02, 0.028],
  [0.09, -0.2, 0.11, 0.042],
  [0.08, 0.05, 0.2, 0.04],
  [0.17, 0.3, 0.14, 0.055],
  [0.23, 0.52, 0.02, 0.022],
];
const LOWER_HORN: readonly Node[] = [
  [0.19, 0.3, 0.1, 0.045],
  [0.33, 0.16, -0.2, 0.022],
  [0.34, -0.04, -0.3, 0.014],
];

/**
 * Distance inside the ventricles (lateral, third and fourth), negative outside: tubes of varying width in three dimensions.
 * @param size factor on the width of the tubes
 */
export function ventricleDepth(size: number, x: number, y: number, z: number): number {
  const side = Math.abs(x);
  if (side > 0.5 || z > 0.4 || y > 0.72 || y < -0.6) return -0.2;
  let depth = Math.max(tubeDepth(BODY, size, side, y, z), tubeDepth(LOWER_HORN, size, side, y, z));
  depth = Math.max(depth, ellipsoidDepth(side, y, z, [0, 0.02, -0.08], [0.018 * size, 0.17, 0.13]));
  depth = Math.max(depth, ellipsoidDepth(side, y, z, [0, 0.36, -0.42], [0.055 * size, 0.045 * size, 0.12]));
  // The septum keeps the two sides apart.
  return z > 0.03 ? Math.min(depth, side - 0.009) : depth;
}

function tubeDepth(nodes: readonly Node[], size: number, x: number, y: number, z: number): number {
  let depth = -1;
  for (let k = 1; k < nodes.length; k++) {
    const [ax, ay, az, ar] = nodes[k - 1];
    const [bx, by, bz, br] = nodes[k];
    const dx = bx - ax;
    const dy = by - ay;
    const dz = bz - az;
    const along = ((x - ax) * dx + (y - ay) * dy + (z - az) * dz) / (dx * dx + dy * dy + dz * dz);
    const t = Math.min(1, Math.max(0, along));
    const ex = x - ax - t * dx;
    const ey = y - ay - t * dy;
    const ez = 0.8 * (z - az - t * dz);
    depth = Math.max(depth, size * (ar + t * (br - ar)) - Math.sqrt(ex * ex + ey * ey + ez * ez));
  }
  return depth;
}
