/**
 * Where taps read. Four taps a time make a block of eight vectors: byte offsets of the pixels 00, 01, 10, 11 in the image tensor (-1
 * outside), then four floats of the tap. Entry t of a plan begins at (t / 4) * 128 + (t % 4) * 4, its numbers 16 bytes apart.
 */
import { Shape } from "./settings.assembly";

export const BLOCK_BYTES: usize = 128;

// @ts-ignore: decorator
@inline
export function planBytes(taps: usize): usize {
  return ((taps + 3) >> 2) * BLOCK_BYTES;
}

// @ts-ignore: decorator
@inline
export function entryAt(plan: usize, tap: usize): usize {
  return plan + (tap >> 2) * BLOCK_BYTES + ((tap & 3) << 2);
}

/** The first `count` of four floats, zeros behind; reads no more than that. */
// @ts-ignore: decorator
@inline
function loadPart(from: usize, count: usize): v128 {
  if (count >= 4) return v128.load(from);
  if (count == 3) return f32x4.replace_lane(v128.load64_zero(from), 2, load<f32>(from, 8));
  if (count == 2) return v128.load64_zero(from);
  if (count == 1) return v128.load32_zero(from);
  return f32x4.splat(0);
}

/**
 * Plans all taps of a window.
 * @param window number of the window in the batch
 * @param mask 0: all 1
 * @param weighs whether the four floats are the pixels' weights with the mask in them; else they are ly, lx and the mask
 */
export function planWindow(shape: Shape, window: i32, offset: usize, mask: usize, plan: usize, weighs: bool): void {
  const row = (window / shape.outWidth) % shape.outHeight;
  const column = window % shape.outWidth;
  const image = window / shape.outWidth / shape.outHeight;
  const taps = <usize>(shape.taps * shape.offsetGroups);
  const pixelBytes = shape.inChannels << 2;
  const rowBytes = shape.inWidth * pixelBytes;
  const start = i32x4.splat(image * shape.inHeight * rowBytes);
  const baseY = f32x4.splat(<f32>(row * shape.strideY - shape.padTop));
  const baseX = f32x4.splat(<f32>(column * shape.strideX - shape.padLeft));
  const lowest = f32x4.splat(-1);
  const one = f32x4.splat(1);
  const none = i32x4.splat(0);
  const height = f32x4.splat(<f32>shape.inHeight);
  const width = f32x4.splat(<f32>shape.inWidth);
  const lastRow = i32x4.splat(shape.inHeight - 1);
  const lastColumn = i32x4.splat(shape.inWidth - 1);
  const offsets = offset + <usize>window * taps * 8;
  const masks = mask + <usize>window * taps * 4;
  for (let t: usize = 0; t < taps; t += 4) {
    const left = taps - t;
    const low = loadPart(offsets + t * 8, left * 2);
    const high = left > 2 ? loadPart(offsets + t * 8 + 16, left * 2 - 4) : f32x4.splat(0);
    const dy = v128.shuffle<f32>(low, high, 0, 2, 4, 6);
    const dx = v128.shuffle<f32>(low, high, 1, 3, 5, 7);
    // Whole numbers first: the offset is then rounded once.
    let y = f32x4.add(f32x4.add(baseY, v128.load(shape.tapRows + t * 4)), dy);
    let x = f32x4.add(f32x4.add(baseX, v128.load(shape.tapColumns + t * 4)), dx);
    // NaN compares as false: outside.
    const inY = v128.and(f32x4.ge(y, lowest), f32x4.lt(y, height));
    const inX = v128.and(f32x4.ge(x, lowest), f32x4.lt(x, width));
    const inside = v128.and(inY, inX);
    y = v128.and(y, inside);
    x = v128.and(x, inside);
    const top = f32x4.floor(y);
    const leftmost = f32x4.floor(x);
    const ly = f32x4.sub(y, top);
    const lx = f32x4.sub(x, leftmost);
    const i = i32x4.trunc_sat_f32x4_s(top);
    const j = i32x4.trunc_sat_f32x4_s(leftmost);
    const has0 = v128.and(inside, i32x4.ge_s(i, none));
    const has1 = v128.and(inside, i32x4.lt_s(i, lastRow));
    const hasLeft = i32x4.ge_s(j, none);
    const hasRight = i32x4.lt_s(j, lastColumn);
    const at = i32x4.add(
      start,
      i32x4.add(i32x4.mul(i, i32x4.splat(rowBytes)), i32x4.mul(j, i32x4.splat(pixelBytes))),
    );
    const right = i32x4.add(at, i32x4.splat(pixelBytes));
    const down = i32x4.splat(rowBytes);
    v128.store(plan, v128.or(at, v128.not(v128.and(has0, hasLeft))));
    v128.store(plan, v128.or(right, v128.not(v128.and(has0, hasRight))), 16);
    v128.store(plan, v128.or(i32x4.add(at, down), v128.not(v128.and(has1, hasLeft))), 32);
    v128.store(plan, v128.or(i32x4.add(right, down), v128.not(v128.and(has1, hasRight))), 48);
    const m = mask == 0 ? one : loadPart(masks + t * 4, left);
    if (weighs) {
      const bottom = f32x4.mul(ly, m);
      const upper = f32x4.sub(m, bottom);
      const bottomRight = f32x4.mul(bottom, lx);
      const upperRight = f32x4.mul(upper, lx);
      v128.store(plan, f32x4.sub(upper, upperRight), 64);
      v128.store(plan, upperRight, 80);
      v128.store(plan, f32x4.sub(bottom, bottomRight), 96);
      v128.store(plan, bottomRight, 112);
    } else {
      v128.store(plan, ly, 64);
      v128.store(plan, lx, 80);
      v128.store(plan, m, 96);
    }
    plan += BLOCK_BYTES;
  }
}
