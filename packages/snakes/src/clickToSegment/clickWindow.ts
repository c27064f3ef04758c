import { gaussianFilter } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";

/** What is looked at: a square about the click, cut at the image's ends. */
export interface ClickWindow {
  /** Smoothed, C-ordered. */
  image: NdArray<Float64Array>;
  /** Place of the click in it. */
  row: number;
  column: number;
  /** Its first row and column in the image. */
  top: number;
  left: number;
}

/** Cuts the window and smooths it. */
export function clickWindow(
  image: NdArray<Float64Array>,
  [row, column]: readonly [number, number],
  radius: number,
  sigma: number,
): ClickWindow {
  const [rows, columns] = image.shape as [number, number];
  const top = Math.max(0, row - radius);
  const left = Math.max(0, column - radius);
  const height = Math.min(rows, row + radius) - top;
  const width = Math.min(columns, column + radius) - left;
  const values = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    const from = (y + top) * columns + left;
    values.set(image.data.subarray(from, from + width), y * width);
  }
  const cut = ndarray(values, [height, width]) as NdArray<Float64Array>;
  const smooth = sigma === 0 ? cut : gaussianFilter(cut, sigma, { mode: "nearest" });
  return { image: smooth, row: row - top, column: column - left, top, left };
}

/** The pixels of the window at most so far from the click, as places in C order. */
export function disk({ image, row, column }: ClickWindow, radius: number): number[] {
  const [height, width] = image.shape as [number, number];
  const places: number[] = [];
  for (let y = Math.max(0, row - radius); y <= Math.min(height - 1, row + radius); y++) {
    for (let x = Math.max(0, column - radius); x <= Math.min(width - 1, column + radius); x++) {
      if ((y - row) ** 2 + (x - column) ** 2 <= radius * radius) places.push(y * width + x);
    }
  }
  return places;
}

/** 1 for a disk about the click, 2 for the window's rim: seeds inside and outside. */
export function seeds(window: ClickWindow, radius: number): NdArray<Int32Array> {
  const [height, width] = window.image.shape as [number, number];
  const labels = ndarray(new Int32Array(height * width), [height, width]) as NdArray<Int32Array>;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) labels.data[y * width + x] = 2;
  }
  for (const place of disk(window, radius)) labels.data[place] = 1;
  return labels;
}

/** Mean over some pixels of the window. */
export function meanOf({ image }: ClickWindow, places: readonly number[]): number {
  return places.reduce((sum, place) => sum + image.data[place]!, 0) / places.length;
}
