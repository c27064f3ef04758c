/**
 * An iteration of Chan and Vese's model in float32, four pixels at a time: the operations of chanVeseSweepFloat32.ts in its order, so
 * that φ comes out the same to the bit.
 *
 * Rows of φ and of the image lie `stride` floats apart, their first pixel at float 4; before and behind a row of φ its outermost pixels
 * stand once more. φ is read from one array and written to another, so that rows may be done in any order.
 */

/** Rows a chunk. */
const ROWS: i32 = 16;

// @ts-ignore: decorator
@inline
function inverseRoot(weight: v128, square: v128): v128 {
  return f32x4.div(weight, f32x4.sqrt(square));
}

/**
 * @param settings floats: mu, dt, mu·dt, 1/spacing y, x, their squares, −nu, λ1, λ2, 1/channels, then both means of each channel
 * @param results of each chunk float64 numbers: Σ change², pixels inside afterwards, and of each channel their sum
 */
export function chanVeseFloat32(
  image: usize,
  phi: usize,
  next: usize,
  settings: usize,
  results: usize,
  rows: i32,
  columns: i32,
  stride: i32,
  channels: i32,
  chunk: i32,
  scratch: usize,
): void {
  const mu = v128.load32_splat(settings);
  const dt = v128.load32_splat(settings + 4);
  const muDt = v128.load32_splat(settings + 8);
  const gy = v128.load32_splat(settings + 12);
  const gx = v128.load32_splat(settings + 16);
  const wy = v128.load32_splat(settings + 20);
  const wx = v128.load32_splat(settings + 24);
  const negatedNu = v128.load32_splat(settings + 28);
  const lambda1 = v128.load32_splat(settings + 32);
  const lambda2 = v128.load32_splat(settings + 36);
  const part = v128.load32_splat(settings + 40);
  const half = f32x4.splat(0.5);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const eta = f32x4.splat(1e-16);
  const lanes = i32x4(0, 1, 2, 3);
  const bytes: usize = (<usize>stride) << 2;
  const plane: usize = (<usize>rows) * bytes;
  const sums = results + <usize>(chunk * (2 + channels)) * 8;
  for (let k = 0; k < 2 + channels; k++) store<f64>(sums + ((<usize>k) << 3), 0);
  let squares = f64x2.splat(0);
  let inside = i32x4.splat(0);
  const to = min(rows, (chunk + 1) * ROWS);
  for (let y = chunk * ROWS; y < to; y++) {
    const row: usize = (<usize>y) * bytes + 16;
    const middle = phi + row;
    const above = y > 0 ? middle - bytes : middle;
    const below = y < rows - 1 ? middle + bytes : middle;
    const result = next + row;
    for (let x = 0; x < columns; x += 4) {
      const at: usize = (<usize>x) << 2;
      const here = v128.load(middle + at);
      const left = v128.load(middle + at - 4);
      const right = v128.load(middle + at + 4);
      const up = v128.load(above + at);
      const down = v128.load(below + at);
      const forwardX = f32x4.mul(f32x4.sub(right, here), gx);
      const backwardX = f32x4.mul(f32x4.sub(here, left), gx);
      const centralX = f32x4.mul(f32x4.mul(f32x4.sub(right, left), gx), half);
      const forwardY = f32x4.mul(f32x4.sub(down, here), gy);
      const backwardY = f32x4.mul(f32x4.sub(here, up), gy);
      const centralY = f32x4.mul(f32x4.mul(f32x4.sub(down, up), gy), half);
      const acrossX = f32x4.add(eta, f32x4.mul(centralX, centralX));
      const acrossY = f32x4.mul(centralY, centralY);
      const c1 = inverseRoot(wx, f32x4.add(f32x4.add(eta, f32x4.mul(forwardX, forwardX)), acrossY));
      const c2 = inverseRoot(wx, f32x4.add(f32x4.add(eta, f32x4.mul(backwardX, backwardX)), acrossY));
      const c3 = inverseRoot(wy, f32x4.add(acrossX, f32x4.mul(forwardY, forwardY)));
      const c4 = inverseRoot(wy, f32x4.add(acrossX, f32x4.mul(backwardY, backwardY)));
      const ofRow = f32x4.add(f32x4.mul(right, c1), f32x4.mul(left, c2));
      const k = f32x4.add(f32x4.add(ofRow, f32x4.mul(down, c3)), f32x4.mul(up, c4));
      const total = f32x4.add(f32x4.add(f32x4.add(c1, c2), c3), c4);
      let force = negatedNu;
      for (let c = 0; c < channels; c++) {
        const value = v128.load(image + <usize>c * plane + row + at);
        const within = f32x4.sub(value, v128.load32_splat(settings + 44 + ((<usize>c) << 3)));
        const without = f32x4.sub(value, v128.load32_splat(settings + 48 + ((<usize>c) << 3)));
        const term = f32x4.sub(
          f32x4.mul(lambda2, f32x4.mul(without, without)),
          f32x4.mul(lambda1, f32x4.mul(within, within)),
        );
        force = f32x4.add(force, f32x4.mul(part, term));
      }
      const delta = f32x4.div(one, f32x4.add(one, f32x4.mul(here, here)));
      const change = f32x4.mul(f32x4.mul(dt, delta), f32x4.add(f32x4.mul(mu, k), force));
      const divisor = f32x4.add(one, f32x4.mul(f32x4.mul(muDt, delta), total));
      const value = f32x4.div(f32x4.add(here, change), divisor);
      v128.store(result + at, value);
      // What lies behind the row's end counts for nothing.
      const counts = i32x4.lt_s(lanes, i32x4.splat(columns - x));
      const before = v128.and(here, counts);
      const after = v128.and(value, counts);
      const low = f64x2.sub(f64x2.promote_low_f32x4(after), f64x2.promote_low_f32x4(before));
      const afterHigh = i8x16.shuffle(after, after, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
      const beforeHigh = i8x16.shuffle(before, before, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
      const high = f64x2.sub(f64x2.promote_low_f32x4(afterHigh), f64x2.promote_low_f32x4(beforeHigh));
      squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
      inside = i32x4.sub(inside, f32x4.gt(after, zero));
    }
    store<f32>(result - 4, load<f32>(result));
    store<f32>(result + ((<usize>columns) << 2), load<f32>(result + ((<usize>columns) << 2) - 4));
    for (let c = 0; c < channels; c++) {
      let sum = f64x2.splat(0);
      for (let x = 0; x < columns; x += 4) {
        const at: usize = (<usize>x) << 2;
        const counts = i32x4.lt_s(lanes, i32x4.splat(columns - x));
        const chosen = v128.and(f32x4.gt(v128.load(result + at), zero), counts);
        const value = v128.and(v128.load(image + <usize>c * plane + row + at), chosen);
        const high = i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
        sum = f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(value), f64x2.promote_low_f32x4(high)));
      }
      const to = sums + 16 + ((<usize>c) << 3);
      store<f64>(to, load<f64>(to) + f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
    }
  }
  store<f64>(sums, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
  const pixels =
    i32x4.extract_lane(inside, 0) +
    i32x4.extract_lane(inside, 1) +
    i32x4.extract_lane(inside, 2) +
    i32x4.extract_lane(inside, 3);
  store<f64>(sums + 8, <f64>pixels);
}
