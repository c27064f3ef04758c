/**
 * Writes tiles.assembly.ts: the innermost loops of every matrix product, unrolled over a tile of rows × vectors.
 *
 * V8 has 15 usable vector registers: 6 × 2 sums, 2 vectors of B and one broadcast element of A fill them exactly.
 * One k a pass, all offsets constant: unrolling over k was measured 5 to 17 % slower, as V8 then spills.
 */
import { writeFileSync } from "node:fs";

const range = (count) => Array.from({ length: count }, (_, index) => index);
const each = (rows, vectors, line) => range(rows).flatMap((i) => range(vectors).map((j) => line(i, j)));

/** Bytes between rows of A for which the stride is built into the code, so that one pointer serves six rows. */
export const CONSTANT_STRIDES = [64, 128, 256, 512, 1088];

/** Bytes between pixels of a copied block of an image: 4 to 32 channels. */
const PIXEL_STRIDES = [16, 32, 64, 128];

/**
 * @param name of the function
 * @param parameters of A and B
 * @param setup lines before the loop
 * @param locate lines that find the k's elements of A
 * @param load how they are read
 * @param element the address of A's element in row i, as the arguments of a load
 * @param advance lines that move to the next k
 */
function tile(name, rows, vectors, { parameters, setup = [], locate = [], load = "load32_splat", element, advance }) {
  return [
    `export function ${name}(${parameters}, c: usize, cStride: usize, k: usize, accumulate: bool): void {`,
    ...each(rows, vectors, (i, j) => `  let c${i}_${j} = f32x4.splat(0);`),
    "  if (accumulate) {",
    "    let from = c;",
    ...range(rows).flatMap((i) => [
      ...range(vectors).map((j) => `    c${i}_${j} = v128.load(from, ${j * 16});`),
      ...(i < rows - 1 ? ["    from += cStride;"] : []),
    ]),
    "  }",
    ...setup,
    "  for (; k != 0; k--) {",
    ...locate,
    ...range(vectors).map((j) => `    const b${j} = v128.load(b, ${j * 16});`),
    "    let x: v128;",
    ...range(rows).flatMap((i) => [
      `    x = v128.${load}(${element(i)});`,
      ...range(vectors).map((j) => `    c${i}_${j} = mad(x, b${j}, c${i}_${j});`),
    ]),
    ...advance,
    "  }",
    ...range(rows).flatMap((i) => [
      ...range(vectors).map((j) => `  v128.store(c, c${i}_${j}, ${j * 16});`),
      ...(i < rows - 1 ? ["  c += cStride;"] : []),
    ]),
    "}",
    "",
  ];
}

/** A in k-major order: the rows of the tile lie side by side, one step of `aStep` bytes a k. */
const columnTile = (rows, vectors) =>
  tile(`columnTile${rows}x${vectors}`, rows, vectors, {
    parameters: "a: usize, aStep: usize, b: usize, bStep: usize",
    element: (i) => `a, ${i * 4}`,
    advance: ["    a += aStep;", "    b += bStep;"],
  });

/** A in row-major order with any stride: one pointer a row. B is a packed panel, 8 floats a k. */
const rowTile = (rows, vectors) =>
  tile(`rowTile${rows}x${vectors}`, rows, vectors, {
    parameters: "a: usize, aStride: usize, b: usize",
    setup: range(rows - 1).map((i) => `  let a${i + 1} = a + ${i + 1} * aStride;`),
    element: (i) => (i === 0 ? "a" : `a${i}`),
    advance: ["    a += 4;", ...range(rows - 1).map((i) => `    a${i + 1} += 4;`), "    b += 32;"],
  });

/** A in row-major order with a stride known here. */
const strideTile = (stride) =>
  tile(`rowTile6x2Stride${stride}`, 6, 2, {
    parameters: "a: usize, b: usize",
    element: (i) => `a, ${i * stride}`,
    advance: ["    a += 4;", "    b += 32;"],
  });

/**
 * A is a block of an image, read where it lies: row i is the window of a pixel `stride` bytes behind that of row i - 1, and
 * element k of a window lies `offsets[k]` bytes behind its begin. B is a panel as wide as the tile.
 */
const windowTile = (rows, vectors, stride) =>
  tile(`windowTile${rows}x${vectors}Stride${stride}`, rows, vectors, {
    parameters: "a: usize, offsets: usize, b: usize",
    locate: ["    const p = a + i32.load(offsets);"],
    element: (i) => `p, ${i * stride}`,
    advance: ["    offsets += 4;", `    b += ${16 * vectors};`],
  });

/** The same for four products at once, one in each lane of all vectors: those of A are not elements but vectors. */
const laneTile = (stride) =>
  tile(`laneTile6x2Stride${stride}`, 6, 2, {
    parameters: "a: usize, offsets: usize, b: usize",
    locate: ["    const p = a + i32.load(offsets);"],
    load: "load",
    element: (i) => `p, ${i * stride}`,
    advance: ["    offsets += 4;", "    b += 32;"],
  });

/**
 * Products summed over pixels: rows of the result are `channels` channels at each of three places of a block of an image,
 * columns those of B, which lies pixel by pixel. The sums are added to the result, whose rows lie side by side.
 * @param channels neighbouring channels at a place: 12 sums, as in the other tiles
 * @param load how a channel is read, and the bytes to the next one
 */
function pixelTile(name, channels, vectors, [load, channelBytes]) {
  const places = range(3);
  const sums = each(3 * channels, vectors, (i, j) => [`c${i}_${j}`, (i * vectors + j) * 16]);
  const pointers = "a0: usize, a1: usize, a2: usize, stride: usize, b: usize, bStride: usize";
  return [
    `export function ${name}(${pointers}, c: usize, pixels: usize): void {`,
    ...sums.map(([sum, offset]) => `  let ${sum} = v128.load(c, ${offset});`),
    "  for (; pixels != 0; pixels--) {",
    ...range(vectors).map((j) => `    const b${j} = v128.load(b, ${j * 16});`),
    "    let x: v128;",
    ...each(3, channels, (place, channel) => [
      `    x = v128.${load}(a${place}, ${channel * channelBytes});`,
      ...range(vectors).map((j) => {
        const sum = `c${place * channels + channel}_${j}`;
        return `    ${sum} = mad(x, b${j}, ${sum});`;
      }),
    ]).flat(),
    ...places.map((place) => `    a${place} += stride;`),
    "    b += bStride;",
    "  }",
    ...sums.map(([sum, offset]) => `  v128.store(c, ${sum}, ${offset});`),
    "}",
    "",
  ];
}

/** Chooses the tile of a stride. */
const choosePixelStride = (name) => [
  `export function ${name}(`,
  "  stride: usize, a: usize, offsets: usize, b: usize, c: usize, cStride: usize, k: usize, accumulate: bool,",
  "): void {",
  ...PIXEL_STRIDES.map((stride, index) => {
    const condition = index < PIXEL_STRIDES.length - 1 ? `if (stride == ${stride}) ` : "";
    const call = `${name}Stride${stride}(a, offsets, b, c, cStride, k, accumulate);`;
    return `  ${index > 0 ? "else " : ""}${condition}${call}`;
  }),
  "}",
  "",
];

/** Chooses the tile of a border. */
function choose(name, prefix, parameters, forwarded) {
  const call = (rows, vectors) => `${prefix}${rows}x${vectors}(${forwarded}, c, cStride, k, accumulate)`;
  const results = "c: usize, cStride: usize, k: usize, accumulate: bool";
  return [
    `export function ${name}(rows: usize, vectors: usize, ${parameters}, ${results}): void {`,
    ...[2, 1].flatMap((vectors) => [
      vectors === 2 ? "  if (vectors == 2) {" : "  } else {",
      ...[6, 5, 4, 3, 2, 1].map(
        (rows) => `    ${rows === 6 ? "" : "else "}${rows > 1 ? `if (rows == ${rows}) ` : ""}${call(rows, vectors)};`,
      ),
    ]),
    "  }",
    "}",
    "",
  ];
}

/** Generates the file. */
export function generateTiles(path) {
  const sizes = [6, 5, 4, 3, 2, 1].flatMap((rows) => [2, 1].map((vectors) => [rows, vectors]));
  const lines = [
    "// Generated by tiles.generator.mjs.",
    'import { mad } from "../mad.assembly";',
    "",
    ...sizes.flatMap(([rows, vectors]) => columnTile(rows, vectors)),
    ...sizes.flatMap(([rows, vectors]) => rowTile(rows, vectors)),
    ...CONSTANT_STRIDES.flatMap(strideTile),
    ...PIXEL_STRIDES.flatMap((stride) => [
      ...windowTile(6, 2, stride),
      ...windowTile(12, 1, stride),
      ...laneTile(stride),
    ]),
    ...pixelTile("pixelTile2x2", 2, 2, ["load32_splat", 4]),
    ...pixelTile("pixelTile4x1", 4, 1, ["load32_splat", 4]),
    ...pixelTile("lanePixelTile2x2", 2, 2, ["load", 16]),
    ...["windowTile6x2", "windowTile12x1", "laneTile6x2"].flatMap(choosePixelStride),
    ...choose("columnTile", "columnTile", "a: usize, aStep: usize, b: usize, bStep: usize", "a, aStep, b, bStep"),
    ...choose("rowTile", "rowTile", "a: usize, aStride: usize, b: usize", "a, aStride, b"),
  ];
  writeFileSync(path, lines.join("\n"));
}
