/** Sine of an angle in degrees: 0 and ±1 exactly at multiples of 90°. */
export function sineOfDegrees(angle: number): number {
  return sineOfQuadrant(angle, 0);
}

/** Cosine of an angle in degrees: 0 and ±1 exactly at multiples of 90°. */
export function cosineOfDegrees(angle: number): number {
  return sineOfQuadrant(angle, 1);
}

/** sin(angle + quadrants · 90°), by reduction to ±45°. */
function sineOfQuadrant(angle: number, quadrants: number): number {
  const nearest = Math.round(angle / 90);
  const rest = ((angle - 90 * nearest) * Math.PI) / 180;
  const quadrant = (((nearest + quadrants) % 4) + 4) % 4;
  const size = quadrant % 2 === 0 ? Math.sin(rest) : Math.cos(rest);
  return quadrant < 2 ? size + 0 : 0 - size;
}
