// A picture in colours to draw on: grey images enlarged, outlines of sets, boxes and discs.
import { encode } from "fast-png";

export const yellow = [255, 210, 63];
export const blue = [0, 184, 245];
export const green = [80, 200, 120];
export const red = [255, 86, 86];

/** A white picture of `height` × `width` pixels. */
export class Picture {
  constructor(height, width) {
    Object.assign(this, { height, width, data: new Uint8Array(height * width * 3).fill(255) });
  }

  /** Colours the pixels of a rectangle for which `colorOf(row, column)`, counted inside it, gives a colour. */
  #paint(top, left, height, width, colorOf) {
    for (let row = Math.max(0, -top); row < Math.min(height, this.height - top); row++) {
      for (let column = Math.max(0, -left); column < Math.min(width, this.width - left); column++) {
        const color = colorOf(row, column);
        if (color !== undefined) this.data.set(color, ((top + row) * this.width + left + column) * 3);
      }
    }
  }

  /** An ndarray (rows, columns), from its least value, black, to its greatest, white, each pixel `scale` pixels wide. */
  image(array, top, left, scale) {
    const [rows, columns] = array.shape;
    const values = Array.from({ length: rows * columns }, (_, k) => array.get(Math.floor(k / columns), k % columns));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    this.#paint(top, left, rows * scale, columns * scale, (row, column) => {
      const value = values[Math.floor(row / scale) * columns + Math.floor(column / scale)];
      return new Array(3).fill(Math.round((255 * (value - least)) / (most - least || 1)));
    });
  }

  /** The rim of a set, an ndarray (rows, columns), non-zero inside, drawn as {@link image} draws. */
  outline(set, top, left, scale, color) {
    const [rows, columns] = set.shape;
    const inside = (row, column) => {
      const [r, c] = [Math.floor(row / scale), Math.floor(column / scale)];
      return r >= 0 && r < rows && c >= 0 && c < columns && set.get(r, c) > 0;
    };
    const isRim = (row, column) =>
      inside(row, column) &&
      !(inside(row - 2, column) && inside(row + 2, column) && inside(row, column - 2) && inside(row, column + 2));
    this.#paint(top, left, rows * scale, columns * scale, (row, column) => (isRim(row, column) ? color : undefined));
  }

  /** The rim of a rectangle, `thickness` pixels wide. */
  box(top, left, height, width, color, thickness = 3) {
    const isRim = (at, length) => at < thickness || at >= length - thickness;
    this.#paint(top, left, height, width, (row, column) =>
      isRim(row, height) || isRim(column, width) ? color : undefined,
    );
  }

  /** A disc around (y, x) with a dark rim. */
  disc(y, x, radius, color) {
    const [top, left] = [Math.round(y - radius), Math.round(x - radius)];
    this.#paint(top, left, 2 * radius + 1, 2 * radius + 1, (row, column) => {
      const distance = Math.hypot(top + row - y, left + column - x);
      return distance > radius ? undefined : distance > radius - 1.5 ? [20, 24, 29] : color;
    });
  }

  png() {
    const { width, height, data } = this;
    return encode({ width, height, channels: 3, depth: 8, data });
  }
}
