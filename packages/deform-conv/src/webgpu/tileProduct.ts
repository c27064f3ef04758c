/** Rows and columns of the tile of a matrix product that a workgroup makes. */
export const tileSide = 32;
/** Terms that one step adds to each element of the tile. */
export const tileDepth = 16;

/**
 * A matrix product by tiles, 8 × 8 threads with 4 × 4 elements each: `leftTile` is tileSide × tileDepth, `rightTile` tileDepth × tileSide.
 * A thread's elements are in the rows \`tileRow() + 0 … 3\` and the columns \`4 · tileColumn() + 0 … 3\`. Holds 4 KiB of workgroup memory.
 */
export const tileProduct: string = `
  const tileSide = ${tileSide};
  const tileDepth = ${tileDepth};
  const tileVectors = ${tileSide / 4};
  const threads = 64;

  var<workgroup> leftTile: array<f32, ${tileSide * tileDepth}>;
  var<workgroup> rightTile: array<vec4<f32>, ${(tileSide * tileDepth) / 4}>;

  fn tileRow() -> i32 { return i32(localIndex) / tileVectors * 4; }
  fn tileColumn() -> i32 { return i32(localIndex) % tileVectors; }

  fn addProduct(sums: ptr<function, array<vec4<f32>, 4>>) {
    let row = tileRow();
    let column = tileColumn();
    for (var inner = 0; inner < tileDepth; inner++) {
      let right = rightTile[inner * tileVectors + column];
      for (var r = 0; r < 4; r++) {
        (*sums)[r] += leftTile[(row + r) * tileDepth + inner] * right;
      }
    }
  }
`;
