import { DataError } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import type { TiffIfd } from "tiff";
import { decode, isMultiPage } from "tiff";

const tagPlanarConfiguration = 284;

/** [rows, columns] */
export type SliceSize = readonly [rows: number, columns: number];

/** The size a TIFF's header gives; nothing is decoded. @throws DataError if it has none */
export function tiffSize(bytes: Uint8Array, file: string): SliceSize {
  const { height, width } = readHeader(bytes, file);
  return [height, width];
}

/** The three channels of a slice, (rows, columns, 3). @throws DataError if the file is not what the set promises */
export function decodeImage(bytes: Uint8Array, file: string, size: SliceSize): NdArray<Uint8Array> {
  return ndarray(decodeBytes(bytes, file, size, 3), [...size, 3]) as NdArray<Uint8Array>;
}

/** The mask of a slice, (rows, columns), 0 and 1. @throws DataError if the file is not what the set promises, or not binary */
export function decodeMask(bytes: Uint8Array, file: string, size: SliceSize): NdArray<Uint8Array> {
  const values = decodeBytes(bytes, file, size, 1);
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 255) {
      values[i] = 1;
    } else if (values[i] !== 0) {
      const where = `row ${Math.floor(i / size[1])}, column ${i % size[1]}`;
      throw new DataError("openLgg", file, `must contain only 0 and 255; received ${values[i]} at ${where}.`);
    }
  }
  return ndarray(values, [...size]) as NdArray<Uint8Array>;
}

function decodeBytes(bytes: Uint8Array, file: string, size: SliceSize, channels: number): Uint8Array {
  const header = readHeader(bytes, file);
  const { height, width, samplesPerPixel, bitsPerSample } = header;
  const wanted = `${size[0]} × ${size[1]} pixels of ${channels} × 8 bits`;
  if (height !== size[0] || width !== size[1] || samplesPerPixel !== channels || bitsPerSample !== 8) {
    const found = `${height} × ${width} pixels of ${samplesPerPixel} × ${bitsPerSample} bits`;
    throw new DataError("openLgg", file, `must have ${wanted}; received ${found}.`);
  }
  // The decoder takes tiles and separate planes for what they are not, and a palette's indices for values.
  const planar = header.fields.get(tagPlanarConfiguration) ?? 1;
  if (header.tiled || planar !== 1 || (channels === 3) !== (header.type === 2) || header.type > 2) {
    throw new DataError("openLgg", file, "must hold strips of grey values, or of RGB with the channels side by side.");
  }
  const count = size[0] * size[1] * channels;
  // Compressed or not, an honest file is no larger than its pixels and some tags: what could unpack to gigabytes is refused.
  if (bytes.length > 2 * count + 65_536) {
    throw new DataError(
      "openLgg",
      file,
      `must have at most ${2 * count + 65_536} bytes for ${wanted}; received ${bytes.length}.`,
    );
  }
  const { data } = attempt(file, () => decode(bytes, { pages: [0] })[0]!);
  if (!(data instanceof Uint8Array) || data.length !== count) {
    throw new DataError("openLgg", file, `must hold ${count} samples; received ${data.length}.`);
  }
  return data;
}

function readHeader(bytes: Uint8Array, file: string): TiffIfd {
  // Asked first, since it stops at the second page: a list of pages may lead back to its start.
  if (attempt(file, () => isMultiPage(bytes))) throw new DataError("openLgg", file, "must have one page; it has more.");
  const page = attempt(file, () => decode(bytes, { ignoreImageData: true, pages: [0] })[0]!);
  const { height, width } = page;
  if (!(height >= 1 && width >= 1)) throw new DataError("openLgg", file, "is not a readable TIFF: it has no size.");
  return page;
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new DataError("openLgg", file, `is not a readable TIFF: ${(cause as Error).message}.`, { cause });
  }
}
