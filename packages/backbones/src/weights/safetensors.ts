import { DataError, elementCount } from "@ddl/core";

/** The element types of the files written here. */
type Dtype = "F32" | "I32";

/** A tensor of a safetensors file. */
export interface StoredTensor {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** The content of a safetensors file. */
export interface SafetensorsFile {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** A header above this size is refused before it is parsed, as the format's own reader does. */
const largestHeader = 100_000_000;

/** Writes float32 and int32 tensors in the safetensors format: sorted by name, little-endian, the header padded to 8 bytes. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const names = [...tensors.keys()].sort();
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const name of names) {
    const { shape, values } = tensors.get(name)!;
    const dtype: Dtype = values instanceof Int32Array ? "I32" : "F32";
    header[name] = { dtype, shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const name of names) {
    const { values } = tensors.get(name)!;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/**
 * Reads what {@link encodeSafetensors} writes. Sizes, bounds, holes and overlaps are checked before a byte is used.
 * @param file name for the messages
 * @throws DataError that says what is wrong with the file
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const fail = (reason: string, cause?: unknown): never => {
    throw new DataError("decodeSafetensors", file, reason, cause === undefined ? {} : { cause });
  };
  if (bytes.length < 8) fail(`must have at least 8 bytes; received ${bytes.length}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > Math.min(largestHeader, bytes.length - 8)) {
    fail(`must hold its header of ${headerLength} bytes; the file has ${bytes.length}.`);
  }
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), fail);
  const start = 8 + headerLength;
  const available = bytes.length - start;
  const tensors = new Map<string, StoredTensor>();
  const ranges: [begin: number, end: number, name: string][] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of header) {
    if (name === "__metadata__") {
      metadata = checkMetadata(entry, fail);
      continue;
    }
    const { dtype, shape, begin, end } = checkEntry(name, entry, available, fail);
    // A copy, since nothing promises that a tensor begins at a multiple of its element's size; not by the array's own `slice`,
    // which gives a view of the whole memory if the bytes are a Buffer of Node.
    const copy = new Uint8Array(bytes.subarray(start + begin, start + end)).buffer;
    tensors.set(name, { shape, values: dtype === "I32" ? new Int32Array(copy) : new Float32Array(copy) });
    ranges.push([begin, end, name]);
  }
  ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let covered = 0;
  for (const [begin, end, name] of ranges) {
    if (begin !== covered)
      fail(`must hold tensors without holes and overlaps; ${name} begins at ${begin}, not at ${covered}.`);
    covered = end;
  }
  if (covered !== available) fail(`must end with its last tensor; ${available - covered} bytes are left.`);
  return { tensors, metadata };
}

type Fail = (reason: string, cause?: unknown) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): [string, unknown][] {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    return fail("must have a header of JSON.", cause);
  }
  if (header === null || typeof header !== "object" || Array.isArray(header))
    return fail("must have a JSON object as header.");
  return Object.entries(header);
}

function checkMetadata(entry: unknown, fail: Fail): Record<string, string> {
  const good =
    entry !== null && typeof entry === "object" && Object.values(entry).every((value) => typeof value === "string");
  return good ? (entry as Record<string, string>) : fail("must have only strings in __metadata__.");
}

function checkEntry(
  name: string,
  entry: unknown,
  available: number,
  fail: Fail,
): { dtype: Dtype; shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets, ...rest } = (entry ?? {}) as Record<string, unknown>;
  if (dtype !== "F32" && dtype !== "I32")
    return fail(`must hold F32 or I32; ${name} has dtype ${JSON.stringify(dtype)}.`);
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  const wellFormed =
    Array.isArray(shape) &&
    shape.every(isSize) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isSize) &&
    Object.keys(rest).length === 0;
  if (!wellFormed) return fail(`must give ${name} exactly dtype, shape and data_offsets, of whole numbers.`);
  const [begin, end] = offsets as [number, number];
  const size = elementCount(shape) * 4;
  if (begin > end || end > available || end - begin !== size) {
    return fail(`must hold ${size} bytes for ${name}; received the range ${begin} to ${end} of ${available}.`);
  }
  return { dtype, shape, begin, end };
}
