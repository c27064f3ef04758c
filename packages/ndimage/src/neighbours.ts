/**
 * Offsets [plane, row, column] of the neighbours of a pixel, itself left out, in raster order.
 * @param rank number of axes, 1 to 3; leading offsets of missing axes are 0
 * @param connectivity how many of the offsets may differ from 0
 */
export function neighbourOffsets(rank: number, connectivity: number): [number, number, number][] {
  const result: [number, number, number][] = [];
  for (const dz of rank === 3 ? [-1, 0, 1] : [0]) {
    for (const dy of rank >= 2 ? [-1, 0, 1] : [0]) {
      for (const dx of [-1, 0, 1]) {
        const moved = Math.abs(dz) + Math.abs(dy) + Math.abs(dx);
        if (moved > 0 && moved <= connectivity) result.push([dz, dy, dx]);
      }
    }
  }
  return result;
}
