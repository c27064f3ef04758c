// Grey pictures side by side, enlarged, with the outlines of sets: what the program of this folder ends in.
import { encode } from "fast-png";

export const yellow = [255, 210, 63];
export const blue = [0, 184, 245];
const gap = 6;

/**
 * A PNG of some panels in one row.
 * @param panels `{ image, outlines: [{ set, color }] }`: ndarrays (rows, columns), the sets non-zero inside; each image from its least
 * value, black, to its greatest, white
 * @param scale how often each pixel is drawn along both axes
 */
export function pictureOf(panels, scale = 3) {
  const height = Math.max(...panels.map(({ image }) => image.shape[0])) * scale;
  const width = panels.reduce((sum, { image }) => sum + image.shape[1] * scale + gap, -gap);
  const data = new Uint8Array(height * width * 3).fill(255);
  let left = 0;
  for (const { image, outlines = [] } of panels) {
    const [rows, columns] = image.shape;
    const grey = greyOf(image);
    for (let y = 0; y < rows * scale; y++) {
      for (let x = 0; x < columns * scale; x++) {
        const inside = (set, dy, dx) => {
          const [row, column] = [Math.floor((y + dy) / scale), Math.floor((x + dx) / scale)];
          return row >= 0 && row < rows && column >= 0 && column < columns && set.get(row, column) > 0;
        };
        const isBorder = ({ set }) =>
          inside(set, 0, 0) && !(inside(set, -1, 0) && inside(set, 1, 0) && inside(set, 0, -1) && inside(set, 0, 1));
        const value = grey(Math.floor(y / scale), Math.floor(x / scale));
        data.set(outlines.findLast(isBorder)?.color ?? [value, value, value], (y * width + left + x) * 3);
      }
    }
    left += columns * scale + gap;
  }
  return encode({ width, height, channels: 3, depth: 8, data });
}

function greyOf(image) {
  const [rows, columns] = image.shape;
  let [least, most] = [Infinity, -Infinity];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      least = Math.min(least, image.get(row, column));
      most = Math.max(most, image.get(row, column));
    }
  }
  const range = most - least || 1;
  return (row, column) => Math.round((255 * (image.get(row, column) - least)) / range);
}
