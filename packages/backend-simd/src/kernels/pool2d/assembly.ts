/**
 * Pooling of NHWC images. Tap (i, j) of output (r, c) lies at image position
 * (r * strideRows - padTop + i * dilationRows, c * strideColumns - padLeft + j * dilationColumns); those outside do not count.
 */
import { loadPart, storePart } from "../lanes.assembly";

/** What a window is made to: MAX and AVERAGE, or the number of the tap that has the first maximum, -1 if there is none. */
const MAX: i32 = 0;
const AVERAGE: i32 = 1;
const POSITION: i32 = 2;

/** First tap that is inside, where tap k lies at start + k * dilation. */
// @ts-ignore: decorator
@inline
function firstTap(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

/** Number of the tap behind the last one that is inside. */
// @ts-ignore: decorator
@inline
function endTap(start: i32, dilation: i32, taps: i32, size: i32): i32 {
  return start >= size ? 0 : min<i32>(taps, (size - 1 - start) / dilation + 1);
}

/** Four channels of a window; `part` of them, or all if it is 0. */
// @ts-ignore: decorator
@inline
function windowOf(
  mode: i32,
  from: usize,
  rowStep: usize,
  columnStep: usize,
  rowTaps: i32,
  columnTaps: i32,
  firstNumber: i32,
  rowNumbers: i32,
  part: usize,
): v128 {
  let best = f32x4.splat(mode == AVERAGE ? 0 : -Infinity);
  let position = i32x4.splat(-1);
  for (let i = 0; i < rowTaps; i++) {
    let at = from;
    let number = firstNumber;
    for (let j = 0; j < columnTaps; j++) {
      const x = part != 0 ? loadPart(at, part) : v128.load(at);
      if (mode == AVERAGE) best = f32x4.add(best, x);
      else if (mode == MAX) best = f32x4.pmax(best, x); // x only if it is greater: never NaN, as in the reference
      else {
        const greater = f32x4.gt(x, best);
        best = v128.bitselect(x, best, greater);
        position = v128.bitselect(i32x4.splat(number), position, greater);
      }
      at += columnStep;
      number++;
    }
    from += rowStep;
    firstNumber += rowNumbers;
  }
  if (mode == POSITION) return position;
  return mode == AVERAGE ? f32x4.div(best, f32x4.splat(<f32>(rowTaps * columnTaps))) : best;
}

// @ts-ignore: decorator
@inline
function poolRow(
  mode: i32,
  image: usize,
  to: usize,
  y: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  outColumns: i32,
  filterRows: i32,
  filterColumns: i32,
  strideColumns: i32,
  dilationRows: i32,
  dilationColumns: i32,
  padLeft: i32,
): void {
  const pixelBytes: usize = channels * 4;
  const rowStep: usize = dilationRows * columns * channels * 4;
  const columnStep: usize = dilationColumns * channels * 4;
  const i0 = firstTap(y, dilationRows);
  const rowTaps = endTap(y, dilationRows, filterRows, rows) - i0;
  for (let c = 0; c < outColumns; c++) {
    const x = c * strideColumns - padLeft;
    const j0 = firstTap(x, dilationColumns);
    const taps = endTap(x, dilationColumns, filterColumns, columns) - j0;
    let from = image + ((y + i0 * dilationRows) * columns + x + j0 * dilationColumns) * pixelBytes;
    const end = to + pixelBytes;
    if (mode != POSITION) {
      for (; to + 64 <= end; to += 64, from += 64) {
        let a = f32x4.splat(mode == AVERAGE ? 0 : -Infinity);
        let b = a;
        let p = a;
        let q = a;
        let row = from;
        for (let i = 0; i < rowTaps; i++, row += rowStep) {
          let at = row;
          for (let j = 0; j < taps; j++, at += columnStep) {
            if (mode == AVERAGE) {
              a = f32x4.add(a, v128.load(at));
              b = f32x4.add(b, v128.load(at, 16));
              p = f32x4.add(p, v128.load(at, 32));
              q = f32x4.add(q, v128.load(at, 48));
            } else {
              a = f32x4.pmax(a, v128.load(at));
              b = f32x4.pmax(b, v128.load(at, 16));
              p = f32x4.pmax(p, v128.load(at, 32));
              q = f32x4.pmax(q, v128.load(at, 48));
            }
          }
        }
        if (mode == AVERAGE) {
          // A window wholly outside has no average: 0 / 0.
          const count = f32x4.splat(rowTaps > 0 && taps > 0 ? <f32>(rowTaps * taps) : 0);
          a = f32x4.div(a, count);
          b = f32x4.div(b, count);
          p = f32x4.div(p, count);
          q = f32x4.div(q, count);
        }
        v128.store(to, a);
        v128.store(to, b, 16);
        v128.store(to, p, 32);
        v128.store(to, q, 48);
      }
    }
    const height = taps > 0 ? max<i32>(rowTaps, 0) : 0;
    const width = height > 0 ? taps : 0;
    const number = i0 * filterColumns + j0;
    for (; to + 16 <= end; to += 16, from += 16) {
      v128.store(to, windowOf(mode, from, rowStep, columnStep, height, width, number, filterColumns, 0));
    }
    if (to < end) {
      const part = (end - to) / 4;
      storePart(to, windowOf(mode, from, rowStep, columnStep, height, width, number, filterColumns, part), part);
      to = end;
    }
  }
}

/** Pools; an item is a row of outputs. Positions are int32. */
export function pool(
  mode: i32,
  x: usize,
  out: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  outRows: i32,
  outColumns: i32,
  filterRows: i32,
  filterColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  dilationRows: i32,
  dilationColumns: i32,
  padTop: i32,
  padLeft: i32,
  items: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const end = min<i32>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const n = item / outRows;
    const image = x + <usize>(n * rows * columns * channels) * 4;
    const to = out + <usize>(item * outColumns * channels) * 4;
    const y = (item - n * outRows) * strideRows - padTop;
    if (mode == MAX) {
      poolRow(
        MAX, image, to, y, rows, columns, channels, outColumns, filterRows, filterColumns, strideColumns, dilationRows,
        dilationColumns, padLeft,
      );
    } else if (mode == AVERAGE) {
      poolRow(
        AVERAGE, image, to, y, rows, columns, channels, outColumns, filterRows, filterColumns, strideColumns, dilationRows,
        dilationColumns, padLeft,
      );
    } else {
      poolRow(
        POSITION, image, to, y, rows, columns, channels, outColumns, filterRows, filterColumns, strideColumns, dilationRows,
        dilationColumns, padLeft,
      );
    }
  }
}

/** Bytes of an entry of a list of taps: number of the tap, output position, weight of the output. */
const ENTRY: usize = 12;

/**
 * Lists the taps by which input position `at` of an axis goes into outputs, outputs ascending.
 * @param inside whether an output's weight is one over its number of taps inside; else it is 1
 * @returns the end of the list
 */
function listTaps(
  at: i32,
  size: i32,
  outSize: i32,
  taps: i32,
  stride: i32,
  dilation: i32,
  pad: i32,
  inside: i32,
  list: usize,
): usize {
  for (let tap = taps - 1; tap >= 0; tap--) {
    const position = at + pad - tap * dilation;
    if (position < 0) continue;
    const out = position / stride;
    if (out * stride != position || out >= outSize) continue;
    let weight: f32 = 1;
    if (inside) {
      const start = out * stride - pad;
      weight = 1 / <f32>(endTap(start, dilation, taps, size) - firstTap(start, dilation));
    }
    i32.store(list, tap);
    i32.store(list, out, 4);
    f32.store(list, weight, 8);
    list += ENTRY;
  }
  return list;
}

// @ts-ignore: decorator
@inline
function gradientOf(gradient: usize, positions: usize, at: usize, number: v128, weight: v128, part: usize): v128 {
  const g = part != 0 ? loadPart(gradient + at, part) : v128.load(gradient + at);
  if (positions == 0) return f32x4.mul(g, weight);
  const p = part != 0 ? loadPart(positions + at, part) : v128.load(positions + at);
  return v128.and(g, i32x4.eq(p, number));
}

/** Adds what one tap gives to the channels of an input pixel; the first tap sets them. */
// @ts-ignore: decorator
@inline
function addTap(
  gradient: usize,
  positions: usize,
  to: usize,
  bytes: usize,
  number: i32,
  weightValue: f32,
  first: boolean,
): void {
  const tap = i32x4.splat(number);
  const weight = f32x4.splat(weightValue);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const value = gradientOf(gradient, positions, at, tap, weight, 0);
    v128.store(to + at, first ? value : f32x4.add(v128.load(to + at), value));
  }
  if (at < bytes) {
    const part = (bytes - at) / 4;
    const value = gradientOf(gradient, positions, at, tap, weight, part);
    storePart(to + at, first ? value : f32x4.add(loadPart(to + at, part), value), part);
  }
}

/**
 * Gradient of the input; an item is one of its rows. Every input pixel gathers from the outputs whose windows hold it.
 * @param positions those of `pool`; 0 for the average
 * @param inside for the average: whether outputs are divided by their taps inside the image, else by all taps
 */
export function poolGradient(
  gradient: usize,
  positions: usize,
  out: usize,
  inside: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  outRows: i32,
  outColumns: i32,
  filterRows: i32,
  filterColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  dilationRows: i32,
  dilationColumns: i32,
  padTop: i32,
  padLeft: i32,
  items: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const bytes: usize = channels * 4;
  const factor: f32 = positions != 0 || inside ? 1 : 1 / <f32>(filterRows * filterColumns);
  // The lists of the columns serve all rows; each begins with its end.
  const listBytes = 4 + <usize>filterColumns * ENTRY;
  const columnLists = scratch + <usize>filterRows * ENTRY;
  for (let x = 0; x < columns; x++) {
    const list = columnLists + <usize>x * listBytes;
    const end = listTaps(
      x, columns, outColumns, filterColumns, strideColumns, dilationColumns, padLeft, inside, list + 4,
    );
    i32.store(list, <i32>end);
  }
  const endItem = min<i32>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < endItem; item++) {
    const n = item / rows;
    const rowsEnd = listTaps(
      item - n * rows, rows, outRows, filterRows, strideRows, dilationRows, padTop, inside, scratch,
    );
    let to = out + <usize>(item * columns) * bytes;
    for (let x = 0; x < columns; x++, to += bytes) {
      const list = columnLists + <usize>x * listBytes;
      const columnsEnd = <usize>i32.load(list);
      let first = true;
      for (let row = scratch; row < rowsEnd; row += ENTRY) {
        const outRow = n * outRows + i32.load(row, 4);
        for (let column = list + 4; column < columnsEnd; column += ENTRY) {
          const at = <usize>(outRow * outColumns + i32.load(column, 4)) * bytes;
          const number = i32.load(row) * filterColumns + i32.load(column);
          const weight = f32.load(row, 8) * f32.load(column, 8) * factor;
          const taken = positions != 0 ? positions + at : 0;
          if (first) addTap(gradient + at, taken, to, bytes, number, weight, true);
          else addTap(gradient + at, taken, to, bytes, number, weight, false);
          first = false;
        }
      }
      if (first) {
        for (let at: usize = 0; at < bytes; at += 4) f32.store(to + at, 0);
      }
    }
  }
}

/** Writes the gradient of four channels of a 2 × 2 window, `part` of them if it is not 0. */
// @ts-ignore: decorator
@inline
function windowGradient(gradient: usize, top: usize, bottom: usize, toTop: usize, toBottom: usize, bytes: usize, part: usize): void {
  const lowest = f32x4.splat(-Infinity);
  const topLeft = part != 0 ? loadPart(top, part) : v128.load(top);
  const topRight = part != 0 ? loadPart(top + bytes, part) : v128.load(top + bytes);
  const bottomLeft = part != 0 ? loadPart(bottom, part) : v128.load(bottom);
  const bottomRight = part != 0 ? loadPart(bottom + bytes, part) : v128.load(bottom + bytes);
  // The first of the greatest; pmax keeps the one before unless the next is greater, so that NaN is passed over.
  let best = f32x4.pmax(lowest, topLeft);
  const second = f32x4.gt(topRight, best);
  best = f32x4.pmax(best, topRight);
  const third = f32x4.gt(bottomLeft, best);
  best = f32x4.pmax(best, bottomLeft);
  const fourth = f32x4.gt(bottomRight, best);
  const g = part != 0 ? loadPart(gradient, part) : v128.load(gradient);
  const last = v128.or(third, fourth);
  const first = v128.andnot(f32x4.gt(topLeft, lowest), v128.or(second, last));
  storeChannels(toTop, v128.and(g, first), part);
  storeChannels(toTop + bytes, v128.and(g, v128.andnot(second, last)), part);
  storeChannels(toBottom, v128.and(g, v128.andnot(third, fourth)), part);
  storeChannels(toBottom + bytes, v128.and(g, fourth), part);
}

// @ts-ignore: decorator
@inline
function storeChannels(to: usize, value: v128, part: usize): void {
  if (part != 0) storePart(to, value, part);
  else v128.store(to, value);
}

/**
 * Gradient of the commonest maximum pool, 2 × 2 with stride 2 and no padding, straight from the input; an item is a row of outputs.
 * Rows and columns of the input are twice those of the output.
 */
export function maxPoolHalfGradient(
  x: usize,
  gradient: usize,
  out: usize,
  outColumns: usize,
  channels: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const bytes = channels * 4;
  const rowBytes = 2 * outColumns * bytes;
  const part = channels & 3;
  const whole = bytes - part * 4;
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    let from = gradient + item * outColumns * bytes;
    let at = item * 2 * rowBytes;
    for (const stop = at + rowBytes; at < stop; at += 2 * bytes, from += bytes) {
      for (let c: usize = 0; c < whole; c += 16) {
        const p = at + c;
        windowGradient(from + c, x + p, x + p + rowBytes, out + p, out + p + rowBytes, bytes, 0);
      }
      if (part != 0) {
        const p = at + whole;
        windowGradient(from + whole, x + p, x + p + rowBytes, out + p, out + p + rowBytes, bytes, part);
      }
    }
  }
}
