import type { NumericArray } from "@ddl/core";
import { ArgumentError, DataError, elementCount, expectOptions } from "@ddl/core";
import { largestHeader, readHeader } from "./safetensorsHeader.js";
import type { StoredDtype, StoredTensor } from "./storedTensor.js";
import { dtypes, firstUnfit, readElements, storedDtype, writeElements } from "./storedTensor.js";

/** The content of a safetensors file. */
export interface SafetensorsFile {
  /** The tensors by name. */
  tensors: Map<string, StoredTensor<NumericArray>>;
  /** Texts that the file carries besides. */
  metadata: Record<string, string>;
}

/** What {@link encodeSafetensors} writes. */
export interface SafetensorsContent {
  /** The tensors by name; shapes fit their values. */
  tensors: ReadonlyMap<string, StoredTensor<NumericArray>>;
  /** Texts that the file carries besides. Default none. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes tensors in the safetensors format: the same bytes for the same content, whatever order it comes in.
 *
 * Tensors of larger element types come first, those of one type by name; the header is padded with spaces to a multiple of 8 bytes, so that
 * each tensor begins at a multiple of its element's size. A tensor with a `dtype` is written in it: to `F16`, `BF16` and the 8-bit
 * types numbers are rounded to the nearest, of two equally near ones to the even one. Working memory: one file.
 *
 * @throws ArgumentError for a name `__metadata__`, for values that do not fit their shape, for a `dtype` that the array cannot hold, and for
 *   numbers that a type cannot: other than 0 and 1 in `BOOL`, no safe integer in `I64`; for metadata other than strings
 * @example
 * ```ts
 * const bytes = encodeSafetensors({ tensors: new Map([["bias", { shape: [2], values: Float32Array.of(0.5, 1) }]]) });
 * ```
 *
 * Source: the format's description (`safetensors`).
 */
export function encodeSafetensors(content: SafetensorsContent): Uint8Array {
  const { tensors, metadata = {} } = expectOptions("encodeSafetensors", content, ["tensors", "metadata"]);
  if (Object.values(metadata).some((value) => typeof value !== "string")) {
    refuse("metadata", "have only strings", metadata);
  }
  const parts = [...tensors]
    .map(([name, tensor]) => ({ name, shape: tensor.shape, values: tensor.values, dtype: checkedDtype(name, tensor) }))
    .sort((a, b) => dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || (a.name < b.name ? -1 : 1));
  // Pairs: a name such as __proto__ would be no key of an object.
  const lines: string[] = [];
  if (Object.keys(metadata).length > 0) lines.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let end = 0;
  const data = parts.map(({ name, shape, values, dtype }) => {
    const bytes = writeElements(values, dtype);
    const entry = { dtype, shape, data_offsets: [end, end + bytes.length] };
    lines.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    end += bytes.length;
    return bytes;
  });
  const json = new TextEncoder().encode(`{${lines.join(",")}}`);
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const part of data) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function refuse(argument: string, expected: string, received: unknown): never {
  throw new ArgumentError({ functionName: "encodeSafetensors", argument, expected, received });
}

function checkedDtype(name: string, tensor: StoredTensor<NumericArray>): StoredDtype {
  const { shape, values } = tensor;
  const dtype = storedDtype(tensor);
  if (name === "__metadata__") refuse("tensors", "have no tensor of the name __metadata__", name);
  if (dtype === undefined) {
    const kind = tensor.dtype === undefined ? "a typed array of numbers" : `an array for ${tensor.dtype}`;
    return refuse(`values of ${name}`, `be ${kind}`, values);
  }
  if (elementCount(shape) !== values.length)
    refuse(`values of ${name}`, `have the shape [${shape.join(", ")}]`, values);
  const unfit = firstUnfit(values, dtype);
  if (unfit !== undefined) {
    refuse(`values of ${name}`, dtype === "BOOL" ? "be 0 or 1" : `be integers that ${dtype} and float64 hold`, unfit);
  }
  return dtype;
}

/**
 * Reads a safetensors file. Sizes, bounds, holes, overlaps and repeated names are checked before a byte of the data is used.
 *
 * Where an element type has an array of its own and the data lies at a multiple of its size, values are **views of the file's bytes**, which
 * a large file does not double: leave the bytes as they are while the tensors are in use. Other values are copies.
 *
 * @param bytes the whole file
 * @param file name for the messages; default `the file`
 * @throws DataError that says what is wrong with the file; also for 64-bit integers beyond ±(2^53 − 1)
 * @example
 * ```ts
 * const { tensors, metadata } = decodeSafetensors(await readFile("model.safetensors"), "model.safetensors");
 * tensors.get("conv1.weight"); // { shape: [64, 3, 7, 7], values: Float32Array(9408) }
 * ```
 *
 * Source: the format's description (`safetensors`).
 */
export function decodeSafetensors(bytes: Uint8Array, file = "the file"): SafetensorsFile {
  const fail = (reason: string, cause?: unknown): never => {
    throw new DataError("decodeSafetensors", file, reason, cause === undefined ? {} : { cause });
  };
  if (bytes.length < 8) fail(`must have at least 8 bytes; received ${bytes.length}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > largestHeader)
    fail(`must have a header of at most ${largestHeader} bytes; it says ${headerLength}.`);
  if (headerLength > bytes.length - 8)
    fail(`must hold its header of ${headerLength} bytes; the file has ${bytes.length}.`);
  const data = bytes.subarray(8 + headerLength);
  const { entries, metadata } = readHeader(bytes.subarray(8, 8 + headerLength), data.length, fail);
  const tensors = new Map<string, StoredTensor<NumericArray>>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const elements = readElements(data.subarray(begin, end), dtype, (reason) =>
      fail(`must be sound: ${name} ${reason}.`),
    );
    tensors.set(name, { shape, ...elements });
  }
  return { tensors, metadata };
}
