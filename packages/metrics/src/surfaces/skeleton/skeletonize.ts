import type { MaskWindow } from "../maskWindow.js";
import { lee } from "./lee.js";
import { zhangSuen } from "./zhangSuen.js";

/** How a mask is thinned. */
export type SkeletonMethod = "zhang-suen" | "lee";

/** The skeleton of one of the masks of a window of two or three axes, 0 and 1 in the window's shape. */
export function skeletonize({ bits, shape, imageShape }: MaskWindow, bit: number, method: SkeletonMethod): Uint8Array {
  const mask = bits.map((value) => ((value & bit) === 0 ? 0 : 1));
  if (method === "zhang-suen") {
    zhangSuen(mask, shape[2]);
    return mask;
  }
  if (imageShape.length === 3) {
    lee(mask, shape, imageShape[0] === 1);
    return mask;
  }
  const planes = new Uint8Array(3 * mask.length);
  planes.set(mask, mask.length);
  lee(planes, [3, shape[0], shape[2]], true);
  return planes.subarray(mask.length, 2 * mask.length);
}
