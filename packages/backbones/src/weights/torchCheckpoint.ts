import type { NumericArray } from "@ddl/core";
import { DataError } from "@ddl/core";
import type { Fail } from "./fail.js";
import type { Pickled, PickleTable } from "./pickle.js";
import { PickledName, readPickle } from "./pickle.js";
import type { StoredDtype, StoredTensor } from "./storedTensor.js";
import { elementSize } from "./storedTensor.js";
import type { CopyLimit, TorchStorage } from "./torchTensor.js";
import { torchTensor } from "./torchTensor.js";
import type { ZipEntry } from "./zipEntries.js";
import { checksum32, zipEntries } from "./zipEntries.js";

/** What a checkpoint holds beside tensors: dictionaries as Maps, lists and tuples as arrays, dtypes by name, None as null. */
export type TorchValue =
  | null
  | boolean
  | number
  | string
  | TorchValue[]
  | Map<TorchValue, TorchValue>
  | StoredTensor<NumericArray>;

/** What {@link decodeTorchCheckpoint} reads. */
export interface TorchCheckpoint {
  /** The state dict, by PyTorch's names; empty if the file has none. */
  tensors: Map<string, StoredTensor<NumericArray>>;
  /** Everything in the file, nested as it was saved: the state of an optimizer, say. */
  content: TorchValue;
}

const storages: Record<string, StoredDtype> = {
  "torch FloatStorage": "F32",
  "torch DoubleStorage": "F64",
  "torch HalfStorage": "F16",
  "torch BFloat16Storage": "BF16",
  "torch LongStorage": "I64",
  "torch IntStorage": "I32",
  "torch ShortStorage": "I16",
  "torch CharStorage": "I8",
  "torch ByteStorage": "U8",
  "torch BoolStorage": "BOOL",
};

const callable = [
  "collections OrderedDict",
  "torch._utils _rebuild_tensor_v2",
  "torch._utils _rebuild_parameter",
  "torch Size",
];

const dtypeName = /^torch ((b?float16|float32|float64)|u?int8|int16|int32|int64|bool)$/;

const advice = "torch.save(torch.load(path), path) of torch 1.6 or later writes a zip archive.";

/**
 * Reads the tensors of a checkpoint that `torch.save` wrote (torch ≥ 1.6, a zip archive), without running anything: the pickle inside is
 * interpreted by the few opcodes and names that tensors need, and one that asks for more is refused, by name and place.
 *
 * `tensors` are the entries of `state_dict`, `model`, `model_state_dict` or the file itself, the first of these that has tensors, with
 * `module.` taken off if every name begins so; `content` is all of it. Tensors may share a storage, and come in C order whatever their strides
 * were. Where data lies in the file as an array would have it, values are **views of the file's bytes**: leave them as they are.
 * 16-bit floats become float32, 64-bit integers float64, as in `decodeSafetensors`.
 *
 * @param bytes the whole file
 * @param file name for the messages; default `the checkpoint`
 * @throws DataError for what is no such archive, is damaged (every entry in use is checked by its CRC-32), or asks for more than tensors; for
 *   64-bit integers beyond ±(2^53 − 1); for views that unfold into more elements than the file has bytes
 * @example
 * ```ts
 * const { tensors } = decodeTorchCheckpoint(await readFile("resnet18.pt"), "resnet18.pt");
 * tensors.get("layer1.0.bn1.running_mean"); // { shape: [64], values: Float32Array(64) }
 * ```
 */
export function decodeTorchCheckpoint(bytes: Uint8Array, file = "the checkpoint"): TorchCheckpoint {
  const fail = (reason: string, cause?: unknown): never => {
    throw new DataError("decodeTorchCheckpoint", file, reason, cause === undefined ? {} : { cause });
  };
  refuseOldFormats(bytes, fail);
  const entries = zipEntries(bytes, fail);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) fail(`must have one entry data.pkl; it has ${pickles.length}.`);
  const root = pickles[0]!.slice(0, -"data.pkl".length);
  const read = readerOf(entries, fail);
  const order = entries.has(`${root}byteorder`)
    ? String.fromCharCode(...read(`${root}byteorder`).subarray(0, 20))
    : "little";
  if (order.trim() !== "little") fail(`must have numbers in little-endian order; it says ${JSON.stringify(order)}.`);
  const made = new WeakSet<object>();
  const table = tableOf((key) => read(`${root}data/${key}`), { left: bytes.length }, made, fail);
  const content = readPickle(read(pickles[0]!), table, fail) as TorchValue;
  return { tensors: stateDictOf(content, (value) => made.has(value)), content };
}

function refuseOldFormats(bytes: Uint8Array, fail: Fail): void {
  const starts = (at: number, expected: readonly number[]): boolean =>
    expected.every((byte, k) => bytes[at + k] === byte);
  // The number with which a pickle of torch < 1.6 begins, and "ustar".
  const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  if (starts(0, magic)) fail(`must be a zip archive; it is a pickle as torch wrote before 1.6. ${advice}`);
  if (starts(257, [0x75, 0x73, 0x74, 0x61, 0x72])) fail(`must be a zip archive; it is a tar archive. ${advice}`);
}

/** Reads entries by name, each checked once. */
function readerOf(entries: ReadonlyMap<string, ZipEntry>, fail: Fail): (name: string) => Uint8Array {
  const checked = new Set<string>();
  return (name) => {
    const entry = entries.get(name) ?? fail(`must have an entry ${name}; it has none.`);
    if (!checked.has(name) && checksum32(entry.bytes) !== entry.checksum)
      fail(`must be whole; the checksum of ${name} does not fit its content.`);
    checked.add(name);
    return entry.bytes;
  };
}

class Storage implements TorchStorage {
  readonly dtype: StoredDtype;
  readonly bytes: Uint8Array;
  readonly length: number;

  constructor(dtype: StoredDtype, bytes: Uint8Array) {
    this.dtype = dtype;
    this.bytes = bytes;
    this.length = bytes.length / elementSize(dtype);
  }
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isSizes = (value: Pickled | undefined): value is number[] => Array.isArray(value) && value.every(isSize);

function tableOf(read: (key: string) => Uint8Array, limit: CopyLimit, made: WeakSet<object>, fail: Fail): PickleTable {
  return {
    named: (name) => {
      if (callable.includes(name) || storages[name] !== undefined) return new PickledName(name);
      return dtypeName.test(name) ? name.replace(" ", ".") : undefined;
    },
    called: (name, args) => {
      if (name === "collections OrderedDict") return args.length === 0 ? new Map() : undefined;
      if (name === "torch Size") return args.length === 1 && isSizes(args[0]) ? args[0] : undefined;
      if (name === "torch._utils _rebuild_parameter") {
        const [tensor] = args;
        return args.length === 3 && typeof tensor === "object" && tensor !== null && made.has(tensor)
          ? tensor
          : undefined;
      }
      if (name !== "torch._utils _rebuild_tensor_v2" || args.length < 6 || args.length > 7) return undefined;
      const [storage, offset, shape, strides] = args;
      if (!(storage instanceof Storage) || !isSize(offset) || !isSizes(shape) || !isSizes(strides)) return undefined;
      if (shape.length !== strides.length) return undefined;
      const tensor = torchTensor(storage, { offset, shape: [...shape], strides }, limit, fail);
      made.add(tensor);
      return tensor;
    },
    persistent: (id) => {
      if (!Array.isArray(id) || id.length !== 5) return undefined;
      const [kind, type, key, , length] = id;
      const dtype = type instanceof PickledName ? storages[type.name] : undefined;
      if (kind !== "storage" || dtype === undefined || typeof key !== "string" || !isSize(length)) return undefined;
      const bytes = read(key);
      if (bytes.length !== length * elementSize(dtype))
        fail(`must hold ${length} elements of ${dtype} in data/${key}; it has ${bytes.length} bytes.`);
      return new Storage(dtype, bytes);
    },
    isResult: (value) => made.has(value),
  };
}

function stateDictOf(
  content: TorchValue,
  isTensor: (value: object) => boolean,
): Map<string, StoredTensor<NumericArray>> {
  const tensors = new Map<string, StoredTensor<NumericArray>>();
  if (!(content instanceof Map)) return tensors;
  for (const candidate of [...["state_dict", "model", "model_state_dict"].map((key) => content.get(key)), content]) {
    if (!(candidate instanceof Map) || tensors.size > 0) continue;
    for (const [name, value] of candidate) {
      if (typeof name !== "string" || typeof value !== "object" || value === null || !isTensor(value)) continue;
      tensors.set(name, value as StoredTensor<NumericArray>);
    }
  }
  const wrapped = [...tensors.keys()].every((name) => name.startsWith("module."));
  return wrapped ? new Map([...tensors].map(([name, tensor]) => [name.slice("module.".length), tensor])) : tensors;
}
