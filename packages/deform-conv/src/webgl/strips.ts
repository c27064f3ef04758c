import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/** Windows whose columns are made at a time: `count` of them from window `from` on, all of the images `image` to `image + images`. */
export interface Strip {
  from: number;
  count: number;
  image: number;
  images: number;
}

/**
 * Cuts the windows of a batch into strips of at most `limit` floats of columns, and at least one window. A strip has whole images, or is
 * a part of one; strips are as equal as can be, for programs are compiled for each length.
 */
export function stripsOf(g: DeformConvGeometry, limit: number): Strip[] {
  const windows = g.outHeight * g.outWidth;
  const most = Math.max(1, Math.floor(limit / (g.kernelHeight * g.kernelWidth * g.inChannels)));
  if (most >= windows) {
    return equalParts(g.batch, Math.floor(most / windows)).map(([image, images]) => ({
      from: image * windows,
      count: images * windows,
      image,
      images,
    }));
  }
  const parts = equalParts(windows, most);
  return Array.from({ length: g.batch }, (_, image) =>
    parts.map(([from, count]) => ({ from: image * windows + from, count, image, images: 1 })),
  ).flat();
}

/** Start and length of as few parts of at most `most` as there can be. */
function equalParts(total: number, most: number): [number, number][] {
  const length = Math.ceil(total / Math.ceil(total / most));
  const starts = Array.from({ length: Math.ceil(total / length) }, (_, part) => part * length);
  return starts.map((start) => [start, Math.min(length, total - start)]);
}
