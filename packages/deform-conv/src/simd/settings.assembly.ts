/** What every kernel reads of the shapes: 32-bit numbers in memory, in the order of shape.ts. */

// @ts-ignore: decorator
@unmanaged
export class Shape {
  inHeight: i32;
  inWidth: i32;
  inChannels: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  taps: i32;
  offsetGroups: i32;
  groups: i32;
  strideY: i32;
  strideX: i32;
  padTop: i32;
  padLeft: i32;
  /** inChannels zeros: what a tap outside the image reads. */
  zeros: usize;
  /** Rows and columns that a tap lies below and right of its window's first, as floats, for each offset group over again. */
  tapRows: usize;
  tapColumns: usize;
}
