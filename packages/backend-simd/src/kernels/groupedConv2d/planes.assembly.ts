/**
 * Convolution in groups, each of which sees few channels. Patches as in conv2d would be copied at a cost near that of the
 * products themselves; here a block of the image is copied once, group by group and with its border of zeros, and the
 * products read their windows from it in place.
 *
 * The copy of a group consists of planes, so that neighbouring outputs read neighbouring pixels whatever the strides:
 * along each axis tap t reads position g * step + offset + t * tapStep for output g, which is pixel g + shift(t) of plane
 * t % planes, where shift(t) = t * tapStep / period. With the step as period, pixels are copied once. With a period beyond
 * the window (only along the columns), each tap has a plane of its own and no shift: the rows then follow each other
 * without gaps, and tiles may go across their ends.
 *
 * Groups with few output channels fill no vector. Four of them together do, one in each lane: such a bundle of groups is
 * copied as [channel][group], and its results are turned back. `lanes` is 4 then, and 1 otherwise; a bundle of one is a
 * group.
 */
import { copyFloats, transpose4, zeroFloats } from "../gemm/assembly";

/** Bytes of the planes of one group. */
// @ts-ignore: decorator
@inline
export function planesBytes(
  rowPlanes: i32,
  planeRows: i32,
  columnPlanes: i32,
  planeColumns: i32,
  pixelBytes: usize,
): usize {
  return <usize>(rowPlanes * planeRows * columnPlanes * planeColumns) * pixelBytes;
}

/** Copies a pixel of a bundle of four groups, `count` channels each, as [channel][group]. */
// @ts-ignore: decorator
@inline
export function copyLanes(from: usize, count: usize, to: usize): void {
  if (count == 1) {
    v128.store(to, v128.load(from));
    return;
  }
  const groupBytes = count * 4;
  let c: usize = 0;
  for (; c + 4 <= count; c += 4) transpose4(from + c * 4, groupBytes, to + c * 16, 16);
  for (; c < count; c++) {
    for (let g: usize = 0; g < 4; g++) f32.store(to + c * 16 + g * 4, f32.load(from + g * groupBytes + c * 4));
  }
}

/**
 * Copies what a block of outputs sees, for some bundles of groups: planes in the order (row plane, column plane, row, column).
 * @param image address of the first of the groups' channels, at the entry's pixel (0, 0)
 * @param bundleBytes from a bundle's channels to the next one's
 * @param count channels of a group that are copied: all, if there are four lanes
 * @param row, column image position of tap 0 of the block's first output
 */
export function copyPlanes(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  imagePixelBytes: usize,
  bundleBytes: usize,
  lanes: i32,
  count: usize,
  bundles: usize,
  row: i32,
  rowTapStep: i32,
  rowStep: i32,
  rowPlanes: i32,
  planeRows: i32,
  column: i32,
  columnTapStep: i32,
  columnStep: i32,
  columnPeriod: i32,
  columnPlanes: i32,
  planeColumns: i32,
  pixelBytes: usize,
  to: usize,
): void {
  const toBundleBytes = planesBytes(rowPlanes, planeRows, columnPlanes, planeColumns, pixelBytes);
  const end = bundles * toBundleBytes;
  const stepBytes = <usize>columnStep * imagePixelBytes;
  const floats = pixelBytes / 4;
  for (let rowPlane = 0; rowPlane < rowPlanes; rowPlane++) {
    for (let columnPlane = 0; columnPlane < columnPlanes; columnPlane++) {
      const x = column + ((columnPlane * columnTapStep) % columnPeriod);
      // Pixels of the plane before `low` and from `high` on lie outside the image.
      const low = min<i32>(planeColumns, x < 0 ? (columnStep - 1 - x) / columnStep : 0);
      const high = x >= imageColumns ? low : max<i32>(low, min<i32>(planeColumns, (imageColumns - 1 - x) / columnStep + 1));
      let y = row + ((rowPlane * rowTapStep) % rowStep);
      for (let r = 0; r < planeRows; r++, y += rowStep) {
        const inside = y >= 0 && y < imageRows;
        const first = inside ? low : planeColumns;
        const last = inside ? high : planeColumns;
        for (let c = 0; c < first; c++, to += pixelBytes) {
          for (let g: usize = 0; g < end; g += toBundleBytes) zeroFloats(to + g, floats);
        }
        let from = image + <usize>((y * imageColumns + x + first * columnStep) * <i32>imagePixelBytes);
        if (lanes == 4) {
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += bundleBytes) copyLanes(p, count, to + g);
          }
        } else if (count == 4) {
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += 16) v128.store(to + g, v128.load(p));
          }
        } else if ((count & 7) == 0) {
          const bytes = count * 4;
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += bundleBytes) {
              for (let i: usize = 0; i < bytes; i += 32) {
                v128.store(to + g + i, v128.load(p + i));
                v128.store(to + g + i, v128.load(p + i, 16), 16);
              }
            }
          }
        } else {
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += bundleBytes) copyFloats(to + g, p, count);
          }
        }
        for (let c = last; c < planeColumns; c++, to += pixelBytes) {
          for (let g: usize = 0; g < end; g += toBundleBytes) zeroFloats(to + g, floats);
        }
      }
    }
  }
}

/** Writes where the elements (tap row, tap column, channel) of a window lie, in bytes behind the pixel of its output. */
export function writeOffsets(
  tapRows: i32,
  rowTapStep: i32,
  rowStep: i32,
  rowPlanes: i32,
  planeRows: i32,
  tapColumns: i32,
  columnTapStep: i32,
  columnPeriod: i32,
  columnPlanes: i32,
  planeColumns: i32,
  pixelBytes: i32,
  channels: i32,
  channelBytes: i32,
  to: usize,
): void {
  for (let i = 0; i < tapRows; i++) {
    const rowShift = (i * rowTapStep) / rowStep;
    for (let j = 0; j < tapColumns; j++) {
      const plane = (i % rowPlanes) * columnPlanes + (j % columnPlanes);
      const pixel = (plane * planeRows + rowShift) * planeColumns + (j * columnTapStep) / columnPeriod;
      for (let c = 0; c < channels; c++, to += 4) i32.store(to, pixel * pixelBytes + c * channelBytes);
    }
  }
}
