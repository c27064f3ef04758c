/** A mask of up to three axes with 32 pixels of a row in a word, and words of border before and behind each row. */
export interface PackedMask {
  words: Uint32Array;
  planes: number;
  rows: number;
  columns: number;
  /** Words of a row that hold pixels. */
  inner: number;
  /** Words of border at each end of a row. */
  padding: number;
}

/** Packs a C-ordered mask of 0 and 1; `complement` exchanges them. The border is left 0. */
export function packMask(mask: Uint8Array, shape: readonly number[], reach: number, complement: boolean): PackedMask {
  const [planes, rows, columns] = [...new Array<number>(3 - shape.length).fill(1), ...shape] as [
    number,
    number,
    number,
  ];
  const inner = Math.ceil(columns / 32);
  const padding = Math.floor(reach / 32) + 1;
  const words = new Uint32Array(planes * rows * (inner + 2 * padding));
  const flip = complement ? 1 : 0;
  for (let row = 0, i = 0; row < planes * rows; row++) {
    const start = row * (inner + 2 * padding) + padding;
    for (let column = 0; column < columns; ) {
      const end = Math.min(column + 32, columns);
      let word = 0;
      const at = start + (column >>> 5);
      for (let bit = 0; column < end; column++, bit++) word |= (mask[i++]! ^ flip) << bit;
      words[at] = word;
    }
  }
  return { words, planes, rows, columns, inner, padding };
}

/** The pixels as bytes 0 and 1 in C order. */
export function unpackMask(packed: PackedMask, complement: boolean): Uint8Array {
  const { words, planes, rows, columns, inner, padding } = packed;
  const result = new Uint8Array(planes * rows * columns);
  const flip = complement ? 1 : 0;
  for (let row = 0, i = 0; row < planes * rows; row++) {
    const start = row * (inner + 2 * padding) + padding;
    for (let column = 0; column < columns; ) {
      const end = Math.min(column + 32, columns);
      let word = words[start + (column >>> 5)]!;
      for (; column < end; column++, word >>>= 1) result[i++] = (word & 1) ^ flip;
    }
  }
  return result;
}

/** Gives every bit of a row that is no pixel the value of the border. */
export function fillBorder({ words, planes, rows, columns, inner, padding }: PackedMask, border: 0 | 1): void {
  const width = inner + 2 * padding;
  const fill = border === 1 ? 0xffffffff : 0;
  const tail = columns % 32 === 0 ? 0 : (0xffffffff << (columns % 32)) >>> 0;
  for (let row = 0; row < planes * rows; row++) {
    const start = row * width;
    words.fill(fill, start, start + padding);
    words.fill(fill, start + padding + inner, start + width);
    if (tail === 0) continue;
    const last = start + padding + inner - 1;
    words[last] = border === 1 ? words[last]! | tail : words[last]! & ~tail;
  }
}
