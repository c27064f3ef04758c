import {
  EDGE_BYTES,
  multiplyRows,
  packPanel,
  ROW_STRIDE,
  zeroFloats,
} from "../../../backend-simd/src/kernels/gemm/assembly";
import { mad } from "../../../backend-simd/src/kernels/mad.assembly";
import { entryAt, planBytes, planWindow } from "./plan.assembly";
import { Shape } from "./settings.assembly";

/** The pixel that a plan's entry names; outside it is zeros. */
// @ts-ignore: decorator
@inline
export function pixelAt(entry: usize, image: usize, outside: usize): usize {
  const offset = load<u32>(entry);
  return offset == 0xffffffff ? outside : image + <usize>offset;
}

/** Samples `count` channels from channel `c` on. */
export function sample(entry: usize, image: usize, zeros: usize, c: usize, count: usize, to: usize): void {
  const skip = c << 2;
  let p00 = pixelAt(entry, image, zeros) + skip;
  let p01 = pixelAt(entry + 16, image, zeros) + skip;
  let p10 = pixelAt(entry + 32, image, zeros) + skip;
  let p11 = pixelAt(entry + 48, image, zeros) + skip;
  const w00 = v128.load32_splat(entry, 64);
  const w01 = v128.load32_splat(entry, 80);
  const w10 = v128.load32_splat(entry, 96);
  const w11 = v128.load32_splat(entry, 112);
  for (; count >= 8; count -= 8) {
    let a = f32x4.mul(w00, v128.load(p00));
    let b = f32x4.mul(w00, v128.load(p00, 16));
    a = mad(w01, v128.load(p01), a);
    b = mad(w01, v128.load(p01, 16), b);
    a = mad(w10, v128.load(p10), a);
    b = mad(w10, v128.load(p10, 16), b);
    v128.store(to, mad(w11, v128.load(p11), a));
    v128.store(to, mad(w11, v128.load(p11, 16), b), 16);
    p00 += 32;
    p01 += 32;
    p10 += 32;
    p11 += 32;
    to += 32;
  }
  if (count >= 4) {
    const a = mad(w01, v128.load(p01), f32x4.mul(w00, v128.load(p00)));
    v128.store(to, mad(w11, v128.load(p11), mad(w10, v128.load(p10), a)));
    p00 += 16;
    p01 += 16;
    p10 += 16;
    p11 += 16;
    to += 16;
    count -= 4;
  }
  for (; count != 0; count--) {
    const a = mad(w01, v128.load32_zero(p01), f32x4.mul(w00, v128.load32_zero(p00)));
    store<f32>(to, f32x4.extract_lane(mad(w11, v128.load32_zero(p11), mad(w10, v128.load32_zero(p10), a)), 0));
    p00 += 4;
    p01 += 4;
    p10 += 4;
    p11 += 4;
    to += 4;
  }
}

/** Packs the filter: of each group panels of 8 outputs, (tap, channel of the group) by output. A chunk is a panel. */
export function deformPackFilter(shape: Shape, filter: usize, packed: usize, chunk: usize, scratch: usize): void {
  const outputs = <usize>(shape.outChannels / shape.groups);
  const inner = <usize>shape.taps * <usize>(shape.inChannels / shape.groups);
  const panels = (outputs + 7) >> 3;
  const group = chunk / panels;
  const first = (chunk % panels) << 3;
  const from = filter + (group * outputs + first) * 4;
  packPanel(from, <usize>shape.outChannels * 4, packed + chunk * inner * 32, inner, min<usize>(8, outputs - first));
}

/**
 * A chunk is a run of windows; `block` of them at a time are planned, sampled and multiplied by the filter.
 * @param kBlock columns of samples at a time, at most 256
 */
export function deformForward(
  shape: Shape,
  image: usize,
  packed: usize,
  offset: usize,
  mask: usize,
  out: usize,
  kBlock: usize,
  block: i32,
  total: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const edge = scratch;
  const columns = scratch + EDGE_BYTES;
  const plans = columns + <usize>block * ROW_STRIDE;
  const taps = <usize>shape.taps;
  const bytesOfPlan = planBytes(taps * <usize>shape.offsetGroups);
  const groups = <usize>shape.groups;
  const perGroup = <usize>shape.inChannels / groups;
  const perOffset = <usize>(shape.inChannels / shape.offsetGroups);
  const outputs = <usize>shape.outChannels / groups;
  const outBytes = <usize>shape.outChannels * 4;
  const inner = taps * perGroup;
  const panelStride = inner * 32;
  const groupBytes = ((outputs + 7) >> 3) * panelStride;
  const end = min<i32>(total, (chunk + 1) * perChunk);
  for (let first = chunk * perChunk; first < end; first += block) {
    const windows = min<i32>(block, end - first);
    for (let w = 0; w < windows; w++) {
      planWindow(shape, first + w, offset, mask, plans + <usize>w * bytesOfPlan, true);
    }
    for (let group: usize = 0; group < groups; group++) {
      for (let k: usize = 0; k < inner; k += kBlock) {
        const count = min<usize>(kBlock, inner - k);
        for (let w = 0; w < windows; w++) {
          const plan = plans + <usize>w * bytesOfPlan;
          let to = columns + <usize>w * ROW_STRIDE;
          let tap = k / perGroup;
          let c = group * perGroup + (k % perGroup);
          const last = (group + 1) * perGroup;
          let left = count;
          while (left != 0) {
            const offsetGroup = c / perOffset;
            const run = min<usize>(left, min<usize>(last, (offsetGroup + 1) * perOffset) - c);
            sample(entryAt(plan, offsetGroup * taps + tap), image, shape.zeros, c, run, to);
            to += run * 4;
            left -= run;
            c += run;
            if (c == last) {
              c = group * perGroup;
              tap++;
            }
          }
        }
        multiplyRows(
          columns, ROW_STRIDE, windows, count, packed + group * groupBytes + k * 32, panelStride,
          out + <usize>first * outBytes + group * outputs * 4, outBytes, outputs, k != 0, k + count == inner,
          0, 0, 0, edge,
        );
      }
    }
  }
}

/** Writes zeros; a chunk is 2^16 floats. */
export function deformZero(to: usize, length: usize, chunk: usize, scratch: usize): void {
  const first = chunk << 16;
  zeroFloats(to + first * 4, min<usize>(1 << 16, length - first));
}

