import type { Tensor } from "@tensorflow/tfjs-core";
import { concat, reshape, slice, zeros } from "@tensorflow/tfjs-core";
import type { DcnGeometry } from "../dcn/geometry.js";

/** Channels of a packed tensor: three a point, filled up to a multiple of eight. */
export function packedLength({ groups, points }: Pick<DcnGeometry, "groups" | "points">): number {
  return 8 * Math.ceil((3 * groups * points.length) / 8);
}

/** The offset and the mask in a packed tensor, of which each group has its offsets, then its mask. */
export function unpack(packed: Tensor, g: DcnGeometry): { offset: Tensor; mask: Tensor } {
  const { batch, outHeight, outWidth, groups } = g;
  const windows = batch * outHeight * outWidth;
  const taps = g.points.length;
  const used = slice(reshape(packed, [windows, packedLength(g)]), [0, 0], [windows, 3 * groups * taps]);
  const ofGroups = reshape(used, [windows * groups, 3 * taps]);
  const grid = [batch, outHeight, outWidth];
  return {
    offset: reshape(slice(ofGroups, [0, 0], [-1, 2 * taps]), [...grid, groups * taps * 2]),
    mask: reshape(slice(ofGroups, [0, 2 * taps], [-1, taps]), [...grid, groups * taps]),
  };
}

/** Puts offset and mask into a packed tensor; what fills it up is 0. */
export function pack({ offset, mask }: { offset: Tensor; mask: Tensor }, g: DcnGeometry): Tensor {
  const { batch, outHeight, outWidth, groups } = g;
  const windows = batch * outHeight * outWidth;
  const taps = g.points.length;
  const ofGroups = [reshape(offset, [windows * groups, 2 * taps]), reshape(mask, [windows * groups, taps])];
  const used = reshape(concat(ofGroups, 1), [windows, 3 * groups * taps]);
  const rest = packedLength(g) - 3 * groups * taps;
  const filled = rest === 0 ? used : concat([used, zeros([windows, rest])], 1);
  return reshape(filled, [batch, outHeight, outWidth, packedLength(g)]);
}
