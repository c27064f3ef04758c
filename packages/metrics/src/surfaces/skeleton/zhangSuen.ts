/**
 * For the 256 neighbourhoods, two in a digit, the lower first: 1 if the first half-step deletes the pixel, 2 the second, 3 both. A
 * neighbourhood has bits 1, 2, … 128 for the neighbours clockwise from the upper left. scikit-image's choice, which departs from the
 * paper's rule in 25 neighbourhoods: it thins staircases and keeps some ends.
 */
const deletions =
  "040d071d0000223f000030000000203a00000000000000002000202030003032" +
  "070d0004000000047000000020000000ed0d000400000000e4040000f400a020";

/**
 * Thins a mask in a plane to lines of one pixel, in place.
 *
 * @param mask 0 and 1, with a margin of 0 around it
 * @param width length of a row, with margins
 *
 * Source: Zhang and Suen 1984 (`zhang1984`), with scikit-image's table.
 */
export function zhangSuen(mask: Uint8Array, width: number): void {
  const clockwise = [-width - 1, -width, 1 - width, 1, width + 1, width, width - 1, -1];
  let inside: number[] = [];
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) inside.push(i);
  for (let idle = 0, half = 1; idle < 2; half = 3 - half) {
    // All pixels of a half-step are judged before the first is deleted.
    const deleted = inside.filter((i) => {
      let code = 0;
      for (let k = 0; k < 8; k++) code |= mask[i + clockwise[k]!]! << k;
      return ((Number.parseInt(deletions[code >> 1]!, 16) >> (2 * (code & 1))) & half) !== 0;
    });
    idle = deleted.length === 0 ? idle + 1 : 0;
    for (const i of deleted) mask[i] = 0;
    if (deleted.length > 0) inside = inside.filter((i) => mask[i] !== 0);
  }
}
