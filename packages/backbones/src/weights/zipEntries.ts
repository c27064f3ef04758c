import type { Fail } from "./fail.js";

/** The content of an entry of an archive, as a view of the file. */
export interface ZipEntry {
  bytes: Uint8Array;
  /** CRC-32 that the archive names. */
  checksum: number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;

/**
 * The entries of a zip archive whose content is stored as it is, each a view: nothing is copied. Sizes, bounds and overlaps are checked,
 * the checksums not yet.
 */
export function zipEntries(bytes: Uint8Array, fail: Fail): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, begin, end } = directoryOf(view, fail);
  const entries = new Map<string, ZipEntry>();
  const ranges: [begin: number, end: number, name: string][] = [];
  let at = begin;
  for (let k = 0; k < count; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== centralSignature) fail("must have a whole zip directory.");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      view.getUint16(at + offset, true),
    ) as [number, number, number];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > end) fail("must have a whole zip directory.");
    const name = nameOf(bytes.subarray(at + 46, at + 46 + nameLength), fail);
    const method = view.getUint16(at + 10, true);
    if (method !== 0) fail(`must store its entries as they are; ${name} is compressed by method ${method}.`);
    if ((view.getUint16(at + 8, true) & 1) !== 0) fail(`must not be encrypted; ${name} is.`);
    if (entries.has(name)) fail(`must name each entry once; it repeats ${name}.`);
    const { size, stored, offset } = sizesOf(view, at, nameLength, extraLength);
    if (size !== stored) fail(`must store its entries as they are; ${name} has ${size} bytes, stored in ${stored}.`);
    // Name and filler of the entry's own header may have other lengths than in the directory.
    if (offset + 30 > begin || view.getUint32(offset, true) !== localSignature)
      fail(`must hold ${name} where its directory says, at byte ${offset}.`);
    const data = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    if (data + size > begin) fail(`must hold ${size} bytes of ${name}; its directory begins behind ${begin - data}.`);
    ranges.push([offset, data + size, name]);
    entries.set(name, { bytes: bytes.subarray(data, data + size), checksum: view.getUint32(at + 16, true) });
    at = next;
  }
  ranges.sort((a, b) => a[0] - b[0]);
  for (const [k, [offset, , name]] of ranges.entries()) {
    if (k > 0 && offset < ranges[k - 1]![1])
      fail(`must hold its entries apart; ${name} overlaps ${ranges[k - 1]![2]}.`);
  }
  return entries;
}

/** Where the directory lies and how many entries it has. */
function directoryOf(view: DataView, fail: Fail): { count: number; begin: number; end: number } {
  let at = view.byteLength - 22;
  const last = Math.max(0, at - 65535); // a comment may follow
  while (at >= last && view.getUint32(at, true) !== endSignature) at--;
  if (at < last) fail("must be a zip archive; its directory is missing, so it is another file or cut off.");
  let [count, size, begin] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  let end = at;
  if (at >= 20 && view.getUint32(at - 20, true) === locator64Signature) {
    end = longAt(view, at - 12);
    if (end + 56 > at - 20 || view.getUint32(end, true) !== end64Signature) fail("must have a whole zip directory.");
    [count, size, begin] = [longAt(view, end + 32), longAt(view, end + 40), longAt(view, end + 48)];
  }
  if (begin + size > end) fail("must have a whole zip directory.");
  return { count, begin, end: begin + size };
}

/** Sizes and place of an entry; where 32 bits do not suffice, from the field for 64. */
function sizesOf(
  view: DataView,
  at: number,
  nameLength: number,
  extraLength: number,
): { size: number; stored: number; offset: number } {
  const sizes = [24, 20, 42].map((offset) => view.getUint32(at + offset, true));
  const end = at + 46 + nameLength + extraLength;
  for (let field = at + 46 + nameLength; field + 4 <= end; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let long = field + 4;
    const stop = Math.min(end, long + view.getUint16(field + 2, true));
    for (const [k, size] of sizes.entries()) {
      if (size !== 0xffffffff || long + 8 > stop) continue;
      sizes[k] = longAt(view, long);
      long += 8;
    }
    break;
  }
  const [size, stored, offset] = sizes as [number, number, number];
  return { size, stored, offset };
}

/** 64 bits as a number; what is no exact one lies beyond every file. */
const longAt = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

function nameOf(bytes: Uint8Array, fail: Fail): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    return fail("must have names in UTF-8.", cause);
  }
}

let table: Uint32Array | undefined;

/** CRC-32 of bytes, as zip has it. */
export function checksum32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    return rest;
  });
  let sum = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) sum = table[(sum ^ bytes[i]!) & 255]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
