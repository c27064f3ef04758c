/** Whether a number is neither NaN nor infinite. */
export const finiteCode = `
  // By bits: compilers may take for granted that no number is NaN.
  fn isFiniteNumber(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
  }
`;

/**
 * Where a tap reads: the first channel of pixel 00, which of the pixels 00, 01, 10, 11 lie inside (bits 1, 2, 4, 8), the place between them,
 * and the mask's factor. Arrays: `offsets` and, which is read if `masked`, `factors`.
 */
export const placeCode: string = `
  struct Place { first: i32, inside: i32, ly: f32, lx: f32, factor: f32 };

  ${finiteCode}

  // No pixel is inside for a window or a group that does not exist.
  fn placeOf(window: i32, offsetGroup: i32, k: i32) -> Place {
    var place = Place(0, 0, 0.0, 0.0, 0.0);
    if (window >= uniforms.windows || offsetGroup >= uniforms.offsetGroups) { return place; }
    let tap = (window * uniforms.offsetGroups + offsetGroup) * uniforms.taps + k;
    place.factor = 1.0;
    if (uniforms.masked != 0) { place.factor = factors[tap]; }
    let row = window / uniforms.outWidth;
    let image = row / uniforms.outHeight;
    let i = row % uniforms.outHeight;
    let j = window % uniforms.outWidth;
    let dy = offsets[2 * tap];
    let dx = offsets[2 * tap + 1];
    let y = f32(i * uniforms.strideY - uniforms.padTop + k / uniforms.kernelWidth * uniforms.dilationY) + dy;
    let x = f32(j * uniforms.strideX - uniforms.padLeft + k % uniforms.kernelWidth * uniforms.dilationX) + dx;
    let height = uniforms.inHeight;
    let width = uniforms.inWidth;
    if (isFiniteNumber(dy) && isFiniteNumber(dx) && y >= -1.0 && y < f32(height) && x >= -1.0 && x < f32(width)) {
      let top = i32(floor(y));
      let left = i32(floor(x));
      let isTop = top >= 0;
      let isBottom = top + 1 < height;
      let isLeft = left >= 0;
      let isRight = left + 1 < width;
      place.first = ((image * height + top) * width + left) * uniforms.inChannels;
      place.inside = select(0, 1, isTop && isLeft) | select(0, 2, isTop && isRight)
        | select(0, 4, isBottom && isLeft) | select(0, 8, isBottom && isRight);
      place.ly = y - floor(y);
      place.lx = x - floor(x);
    }
    return place;
  }
`;

/** The four pixels of a channel, 0 outside the image, and what lies between them. Arrays: `images`. */
export const sampleCode = `
  fn pixelsOf(place: Place, channel: i32) -> vec4<f32> {
    let above = place.first + channel;
    let below = above + uniforms.inWidth * uniforms.inChannels;
    var pixels = vec4<f32>(0.0);
    if ((place.inside & 1) != 0) { pixels.x = images[above]; }
    if ((place.inside & 2) != 0) { pixels.y = images[above + uniforms.inChannels]; }
    if ((place.inside & 4) != 0) { pixels.z = images[below]; }
    if ((place.inside & 8) != 0) { pixels.w = images[below + uniforms.inChannels]; }
    return pixels;
  }

  fn between(pixels: vec4<f32>, ly: f32, lx: f32) -> f32 {
    return (1.0 - ly) * ((1.0 - lx) * pixels.x + lx * pixels.y) + ly * ((1.0 - lx) * pixels.z + lx * pixels.w);
  }
`;
