/**
 * An iteration of Chan and Vese's model in float64, two pixels at a time: the operations of chanVeseSweep.ts, chanVeseVolumeSweep.ts and
 * regionMeans.ts in their order, so that φ comes out the same to the bit.
 *
 * Arrays are without padding, for the means are summed in numpy's order over all pixels as they lie. φ is read from one array and written
 * to another, so that rows may be done in any order.
 */

// @ts-ignore: decorator
@inline
function inverseRoot(weight: v128, square: v128): v128 {
  return f64x2.div(weight, f64x2.sqrt(square));
}

// @ts-ignore: decorator
@inline
function square(value: v128): v128 {
  return f64x2.mul(value, value);
}

/** A value and the one behind it, or the value twice. */
// @ts-ignore: decorator
@inline
function pair(address: usize, both: bool): v128 {
  return both ? v128.load(address) : v128.load64_splat(address);
}

/**
 * @param settings numbers: mu, dt, mu·dt, −ν, λ1, λ2, 1/channels, 1/spacing z, y, x, then both means of each channel
 * @param results of each chunk one number: Σ change²
 * @param perChunk rows of a chunk, of whatever plane
 */
// @ts-ignore: decorator
@inline
function sweep(
  volume: bool,
  image: usize,
  phi: usize,
  next: usize,
  settings: usize,
  results: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  perChunk: i32,
  chunk: i32,
): void {
  const mu = v128.load64_splat(settings);
  const dt = v128.load64_splat(settings + 8);
  const muDt = v128.load64_splat(settings + 16);
  const negatedNu = v128.load64_splat(settings + 24);
  const lambda1 = v128.load64_splat(settings + 32);
  const lambda2 = v128.load64_splat(settings + 40);
  const part = v128.load64_splat(settings + 48);
  const gz = v128.load64_splat(settings + 56);
  const gy = v128.load64_splat(settings + 64);
  const gx = v128.load64_splat(settings + 72);
  const half = f64x2.splat(0.5);
  const hz = f64x2.mul(gz, half);
  const hy = f64x2.mul(gy, half);
  const hx = f64x2.mul(gx, half);
  const wz = square(gz);
  const wy = square(gy);
  const wx = square(gx);
  const one = f64x2.splat(1);
  const eta = f64x2.splat(1e-16);
  const rowBytes: usize = (<usize>columns) << 3;
  const planeBytes: usize = (<usize>rows) * rowBytes;
  const block: usize = (<usize>planes) * planeBytes;
  const lines = planes * rows;
  const to = min(lines, (chunk + 1) * perChunk);
  let squares = f64x2.splat(0);
  for (let line = chunk * perChunk; line < to; line++) {
    const y = line % rows;
    const z = line / rows;
    const row: usize = (<usize>line) * rowBytes;
    const up: usize = y > 0 ? rowBytes : 0;
    const down: usize = y < rows - 1 ? rowBytes : 0;
    const back: usize = z > 0 ? planeBytes : 0;
    const forth: usize = z < planes - 1 ? planeBytes : 0;
    for (let x = 0; x < columns; ) {
      // Two pixels at once where both have both neighbours, else one, twice.
      const both = x > 0 && x + 2 < columns;
      const offset: usize = row + ((<usize>x) << 3);
      const at: usize = phi + offset;
      const here = pair(at, both);
      const left = pair(x > 0 ? at - 8 : at, both);
      const right = pair(x < columns - 1 ? at + 8 : at, both);
      const above = pair(at - up, both);
      const below = pair(at + down, both);
      const forwardX = f64x2.mul(f64x2.sub(right, here), gx);
      const backwardX = f64x2.mul(f64x2.sub(here, left), gx);
      const centralX = f64x2.mul(f64x2.sub(right, left), hx);
      const forwardY = f64x2.mul(f64x2.sub(below, here), gy);
      const backwardY = f64x2.mul(f64x2.sub(here, above), gy);
      const centralY = f64x2.mul(f64x2.sub(below, above), hy);
      const acrossX = square(centralX);
      const acrossY = square(centralY);
      const etaX = f64x2.add(eta, acrossX);
      let squareRight = f64x2.add(f64x2.add(eta, square(forwardX)), acrossY);
      let squareLeft = f64x2.add(f64x2.add(eta, square(backwardX)), acrossY);
      let squareBelow = f64x2.add(etaX, square(forwardY));
      let squareAbove = f64x2.add(etaX, square(backwardY));
      let behind = here;
      let ahead = here;
      let acrossZ = here;
      if (volume) {
        behind = pair(at - back, both);
        ahead = pair(at + forth, both);
        acrossZ = square(f64x2.mul(f64x2.sub(ahead, behind), hz));
        squareRight = f64x2.add(squareRight, acrossZ);
        squareLeft = f64x2.add(squareLeft, acrossZ);
        squareBelow = f64x2.add(squareBelow, acrossZ);
        squareAbove = f64x2.add(squareAbove, acrossZ);
      }
      const c1 = inverseRoot(wx, squareRight);
      const c2 = inverseRoot(wx, squareLeft);
      const c3 = inverseRoot(wy, squareBelow);
      const c4 = inverseRoot(wy, squareAbove);
      const ofRow = f64x2.add(f64x2.mul(right, c1), f64x2.mul(left, c2));
      let k = f64x2.add(f64x2.add(ofRow, f64x2.mul(below, c3)), f64x2.mul(above, c4));
      let total = f64x2.add(f64x2.add(f64x2.add(c1, c2), c3), c4);
      if (volume) {
        const across = f64x2.add(etaX, acrossY);
        const c5 = inverseRoot(wz, f64x2.add(across, square(f64x2.mul(f64x2.sub(ahead, here), gz))));
        const c6 = inverseRoot(wz, f64x2.add(across, square(f64x2.mul(f64x2.sub(here, behind), gz))));
        k = f64x2.add(f64x2.add(k, f64x2.mul(ahead, c5)), f64x2.mul(behind, c6));
        total = f64x2.add(f64x2.add(total, c5), c6);
      }
      let force = negatedNu;
      for (let c = 0; c < channels; c++) {
        const means = settings + 80 + ((<usize>c) << 4);
        const value = pair(image + <usize>c * block + offset, both);
        const within = square(f64x2.sub(value, v128.load64_splat(means)));
        const without = square(f64x2.sub(value, v128.load64_splat(means + 8)));
        const term = f64x2.sub(f64x2.mul(lambda2, without), f64x2.mul(lambda1, within));
        force = f64x2.add(force, f64x2.mul(part, term));
      }
      const delta = f64x2.div(one, f64x2.add(one, square(here)));
      const change = f64x2.mul(f64x2.mul(dt, delta), f64x2.add(f64x2.mul(mu, k), force));
      const divisor = f64x2.add(one, f64x2.mul(f64x2.mul(muDt, delta), total));
      const value = f64x2.div(f64x2.add(here, change), divisor);
      const moved = square(f64x2.sub(value, here));
      if (both) {
        v128.store(next + offset, value);
        squares = f64x2.add(squares, moved);
        x += 2;
      } else {
        v128.store64_lane(next + offset, value, 0);
        squares = f64x2.add(squares, f64x2.replace_lane(moved, 1, 0));
        x++;
      }
    }
  }
  store<f64>(results + ((<usize>chunk) << 3), f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
}

/** Of an image. */
export function chanVeseFloat64(
  image: usize,
  phi: usize,
  next: usize,
  settings: usize,
  results: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  sweep(false, image, phi, next, settings, results, planes, rows, columns, channels, perChunk, chunk);
}

/** Of a volume. */
export function chanVeseVolumeFloat64(
  image: usize,
  phi: usize,
  next: usize,
  settings: usize,
  results: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  sweep(true, image, phi, next, settings, results, planes, rows, columns, channels, perChunk, chunk);
}

/**
 * Sums over the leaves of numpy's pairwise summation, each of at most 128 pixels, in eight running sums a side.
 *
 * @param starts where each leaf begins, and behind the last where it ends
 * @param results of each leaf the pixels where φ > 0, then of each channel the sum inside and the sum outside
 * @param perChunk leaves of a chunk
 */
export function regionSumsFloat64(
  image: usize,
  phi: usize,
  starts: usize,
  results: usize,
  pixels: i32,
  channels: i32,
  leaves: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const zero = f64x2.splat(0);
  const to = min(leaves, (chunk + 1) * perChunk);
  for (let leaf = chunk * perChunk; leaf < to; leaf++) {
    const start = load<i32>(starts + ((<usize>leaf) << 2));
    const end = load<i32>(starts + ((<usize>leaf) << 2) + 4);
    const result = results + <usize>(leaf * (1 + 2 * channels)) * 8;
    let count = 0;
    for (let i = start; i < end; i++) count += i32(load<f64>(phi + ((<usize>i) << 3)) > 0);
    store<f64>(result, <f64>count);
    for (let c = 0; c < channels; c++) {
      const values = image + (((<usize>c) * <usize>pixels) << 3);
      let inside: f64 = 0;
      let outside: f64 = 0;
      let i = start;
      if (end - start >= 8) {
        let a0 = zero;
        let a2 = zero;
        let a4 = zero;
        let a6 = zero;
        let b0 = zero;
        let b2 = zero;
        let b4 = zero;
        let b6 = zero;
        for (; i + 8 <= end; i += 8) {
          const at: usize = (<usize>i) << 3;
          const v0 = v128.load(values + at);
          const v2 = v128.load(values + at, 16);
          const v4 = v128.load(values + at, 32);
          const v6 = v128.load(values + at, 48);
          const m0 = f64x2.gt(v128.load(phi + at), zero);
          const m2 = f64x2.gt(v128.load(phi + at, 16), zero);
          const m4 = f64x2.gt(v128.load(phi + at, 32), zero);
          const m6 = f64x2.gt(v128.load(phi + at, 48), zero);
          a0 = f64x2.add(a0, v128.and(v0, m0));
          a2 = f64x2.add(a2, v128.and(v2, m2));
          a4 = f64x2.add(a4, v128.and(v4, m4));
          a6 = f64x2.add(a6, v128.and(v6, m6));
          b0 = f64x2.add(b0, v128.andnot(v0, m0));
          b2 = f64x2.add(b2, v128.andnot(v2, m2));
          b4 = f64x2.add(b4, v128.andnot(v4, m4));
          b6 = f64x2.add(b6, v128.andnot(v6, m6));
        }
        inside = together(a0) + together(a2) + (together(a4) + together(a6));
        outside = together(b0) + together(b2) + (together(b4) + together(b6));
      }
      for (; i < end; i++) {
        const value = load<f64>(values + ((<usize>i) << 3));
        if (load<f64>(phi + ((<usize>i) << 3)) > 0) inside += value;
        else outside += value;
      }
      store<f64>(result + 8 + ((<usize>c) << 4), inside);
      store<f64>(result + 16 + ((<usize>c) << 4), outside);
    }
  }
}

// @ts-ignore: decorator
@inline
function together(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}
