import type { StoredTensor } from "@ddl/backbones/weights";
import { decodeTorchCheckpoint } from "@ddl/backbones/weights";
import type { NumericArray } from "@ddl/core";
import { isDdlError } from "@ddl/core";
import fc from "fast-check";
import { unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import golden from "./goldens/weightsTorchCheckpoint.json" with { type: "json" };

type Tensor = StoredTensor<NumericArray>;
interface Expected {
  shape: number[];
  values: (number | string)[];
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const decode = (base64: string) => decodeTorchCheckpoint(bytesOf(base64), "net.pt");

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

function expectTensors(got: ReadonlyMap<unknown, unknown>, expected: Record<string, Expected>): void {
  expect([...got.keys()]).toEqual(Object.keys(expected));
  for (const [name, { shape, values }] of Object.entries(expected)) {
    const tensor = got.get(name) as Tensor;
    expect(tensor.shape, name).toEqual(shape);
    expect([...tensor.values], name).toEqual(values.map(Number));
  }
}

/** Pieces of pickles. */
const text = (value: string): number[] => [0x58, value.length, 0, 0, 0, ...new TextEncoder().encode(value)];
const name = (module: string, part: string): number[] => [0x63, ...new TextEncoder().encode(`${module}\n${part}\n`)];
const int = (value: number): number[] => [0x4a, ...new Uint8Array(Int32Array.of(value).buffer)];
const tuple = (...items: number[][]): number[] => [0x28, ...items.flat(), 0x74];
const call = (called: number[], ...args: number[][]): number[] => [...called, ...tuple(...args), 0x52];
const dictionary = (...pairs: [number[], number[]][]): number[] => [0x7d, 0x28, ...pairs.flat(2), 0x75];
const ordered = [...name("collections", "OrderedDict"), 0x29, 0x52];
const storage = (length: number, key = "0", type = "FloatStorage", kind = "storage"): number[] => [
  ...tuple(text(kind), name("torch", type), text(key), text("cuda:1"), int(length)),
  0x51,
];
const tensor = (
  of: number[],
  offset: number,
  shape: number[],
  strides: number[],
  rest: number[][] = [[0x89], ordered],
) =>
  call(
    name("torch._utils", "_rebuild_tensor_v2"),
    of,
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    ...rest,
  );
const pickle = (...content: number[][]): Uint8Array => Uint8Array.from([0x80, 2, ...content.flat(), 0x2e]);
const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** An archive with these entries, by another program than ours or torch. */
const zip = (entries: Record<string, Uint8Array>): Uint8Array => zipSync(entries, { level: 0 });
const archive = (data: Uint8Array, entries: Record<string, Uint8Array> = { "data/0": floats(1, 2, 3, 4, 5, 6) }) =>
  zip({
    "root/data.pkl": data,
    ...Object.fromEntries(Object.entries(entries).map(([key, bytes]) => [`root/${key}`, bytes])),
  });

describe("decodeTorchCheckpoint", () => {
  test("reads a state dict", () => {
    const { tensors, content } = decode(golden.state.file);
    expectTensors(tensors, golden.state.tensors);
    expect(content).toEqual(tensors);
    expect(tensors.get("norm.num_batches_tracked")).toEqual({ shape: [], values: Float64Array.of(1), dtype: "I64" });
  });

  test("reads slices, transposes and repeats of shared storages, and every type", () => {
    const { tensors } = decode(golden.views.file);
    expectTensors(tensors, golden.views.tensors);
    const arrays = { whole: "Float32Array", half: "Float32Array", double: "Float64Array", int: "Int32Array" };
    for (const [key, array] of Object.entries({
      ...arrays,
      short: "Int16Array",
      char: "Int8Array",
      bool: "Uint8Array",
    })) {
      expect(tensors.get(key)!.values[Symbol.toStringTag], key).toBe(array);
    }
    expect(tensors.get("brain")!.dtype).toBe("BF16");
  });

  test("views what lies in the file as an array has it", () => {
    const bytes = bytesOf(golden.views.file);
    const { tensors } = decodeTorchCheckpoint(bytes);
    for (const key of ["whole", "rows", "double", "bool"]) {
      expect(tensors.get(key)!.values.buffer === bytes.buffer, key).toBe(key !== "bool");
    }
    // Behind another start the elements lie at no multiple of their size.
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    expectTensors(decodeTorchCheckpoint(moved.subarray(1)).tensors, golden.views.tensors);
    expectTensors(decodeTorchCheckpoint(Buffer.from(bytes)).tensors, golden.views.tensors);
  });

  test("finds the state dict of a training's checkpoint, and reads the rest as nested data", () => {
    const { tensors, content } = decode(golden.checkpoint.file);
    expectTensors(tensors, golden.state.tensors);
    const all = content as Map<string, never>;
    const { epoch, score, best, large, note, size, dtype, flags, many } = Object.fromEntries(all);
    expect({ epoch, score, best, large, note, size, dtype, flags, many }).toEqual({
      epoch: 300,
      score: 0.25,
      best: -7,
      large: 2 ** 40,
      note: "über",
      size: [3, 4],
      dtype: "torch.float16",
      flags: [true, false, null, []],
      many: [70000, 70001, 70002],
    });
    const optimizer = all.get("optimizer_state_dict")! as Map<string, Map<number, Map<string, Tensor>>>;
    for (const [k, moments] of golden.checkpoint.moments.entries()) {
      expectTensors(optimizer.get("state")!.get(k)!, moments as Record<string, Expected>);
    }
    const [group] = optimizer.get("param_groups") as unknown as Map<string, unknown>[];
    expect([group!.get("lr"), group!.get("betas"), group!.get("params")]).toEqual([
      0.01,
      [0.8, 0.99],
      [0, 1, 2, 3, 4, 5],
    ]);
  });

  test("takes off module. if every name has it", () => {
    expectTensors(decode(golden.wrapped).tensors, golden.state.tensors);
    const mixed = dictionary(
      [text("module.a"), tensor(storage(6), 0, [6], [1])],
      [text("b"), tensor(storage(6), 5, [], [])],
    );
    expect([...decodeTorchCheckpoint(archive(pickle(mixed))).tensors.keys()]).toEqual(["module.a", "b"]);
  });

  test("reads a file that was saved by its path, and one that is a tensor alone", () => {
    expectTensors(decode(golden.path.file).tensors, golden.path.tensors);
    const { tensors, content } = decode(golden.tensor);
    expect(tensors.size).toBe(0);
    expect(content).toEqual({ shape: [2], values: Float32Array.of(1, 1) });
  });

  test("reads what newer versions of torch add, and refuses the other order of bytes", () => {
    const data = pickle(dictionary([text("a"), tensor(storage(6), 1, [2, 2], [3, 1], [[0x89], ordered, [0x7d]])]));
    const extra = {
      ".format_version": floats(1),
      ".data/serialization_id": floats(2),
      "data/0": floats(1, 2, 3, 4, 5, 6),
    };
    const little = archive(data, { ...extra, byteorder: new TextEncoder().encode("little") });
    expect([...decodeTorchCheckpoint(little).tensors.get("a")!.values]).toEqual([2, 3, 5, 6]);
    const big = archive(data, { ...extra, byteorder: new TextEncoder().encode("big") });
    expect(messageOf(() => decodeTorchCheckpoint(big, "net.pt"))).toBe(
      'decodeTorchCheckpoint: net.pt must have numbers in little-endian order; it says "big".',
    );
  });

  test("remembers values by long keys, and reads short texts", () => {
    const data = pickle([
      ...[0x5d, 0x8c, 2, 0x68, 0x69, 0x72, 0, 1, 0, 0, 0x61], // "hi", remembered as 256
      ...[0x6a, 0, 1, 0, 0, 0x61], // and again
      ...[0x8a, 0, 0x61, 0x8a, 2, 0, 0x80, 0x61, 0x4d, 1, 2, 0x61], // LONG1 of no byte and of two, BININT2
    ]);
    expect(decodeTorchCheckpoint(archive(data)).content).toEqual(["hi", "hi", 0, -32768, 513]);
  });

  const one = (...content: number[][]): Uint8Array => archive(pickle(...content));
  const nested = Array.from({ length: 101 }, () => 0x5d);
  const itself = [0x5d, 0x71, 0, 0x68, 0, 0x61];
  const dup = [0x5d, 0x71, 0];
  /** Lists of ten times the list before, in 25 levels: 10^25 values, in 600 bytes. */
  const laughs = Array.from({ length: 25 }, (_, k) => [
    ...(k === 0 ? dup : []),
    ...[0x5d, 0x28, ...Array.from({ length: 10 }, () => [0x68, k]).flat(), 0x65, 0x71, k + 1],
  ]).flat();

  test("walks through values that hold others many times only once", () => {
    const { content } = decodeTorchCheckpoint(one(tuple(laughs)));
    expect((content as unknown[]).length).toBe(26);
  });

  test.each([
    [
      "a function of the system",
      one(call(name("os", "system"), text("ls"))),
      'name only what tensors are made of; received "os system" at byte 2 of its pickle.',
    ],
    [
      "a builtin",
      one(name("builtins", "eval")),
      'name only what tensors are made of; received "builtins eval" at byte 2 of its pickle.',
    ],
    ["a tensor's part that is left", one(storage(6)), "hold tensors and plain values; received a part of a tensor."],
    ["a storage alone", bytesOf(golden.storage), "hold tensors and plain values; received a part of a tensor."],
    [
      "a name that is left",
      one([0x5d, ...name("torch", "FloatStorage"), 0x61]),
      "hold tensors and plain values; received a part of a tensor.",
    ],
    [
      "STACK_GLOBAL",
      one([...text("os"), ...text("system"), 0x93]),
      "have only opcodes of state dicts; received STACK_GLOBAL at byte 20 of its pickle.",
    ],
    ["INST", one([0x28, 0x69, 0x6f]), "have only opcodes of state dicts; received INST at byte 3 of its pickle."],
    [
      "NEWOBJ",
      one([...name("torch", "Size"), 0x29, 0x81]),
      "have only opcodes of state dicts; received NEWOBJ at byte 15 of its pickle.",
    ],
    ["no opcode", one([0xff]), "have only opcodes of state dicts; received 0xff at byte 2 of its pickle."],
    [
      "a called value",
      one([...text("a"), 0x29, 0x52]),
      "call names only; received another value at byte 9 of its pickle.",
    ],
    [
      "an unusual call",
      one(call(name("collections", "OrderedDict"), text("a"))),
      'call only what makes tensors; received "collections OrderedDict" at byte 35 of its pickle.',
    ],
    [
      "a called storage class",
      one(call(name("torch", "FloatStorage"), int(9))),
      'call only what makes tensors; received "torch FloatStorage" at byte 29 of its pickle.',
    ],
    [
      "a parameter of no tensor",
      one(call(name("torch._utils", "_rebuild_parameter"), ordered, [0x89], ordered)),
      'call only what makes tensors; received "torch._utils _rebuild_parameter" at byte 92 of its pickle.',
    ],
    [
      "a negative stride",
      one(tensor(storage(6), 5, [6], [-1])),
      'call only what makes tensors; received "torch._utils _rebuild_tensor_v2" at byte 141 of its pickle.',
    ],
    [
      "unequal axes",
      one(tensor(storage(6), 0, [2, 3], [1])),
      'call only what makes tensors; received "torch._utils _rebuild_tensor_v2" at byte 146 of its pickle.',
    ],
    [
      "another identifier",
      one(storage(6, "0", "FloatStorage", "module")),
      "ask for storages only; received another identifier at byte 57 of its pickle.",
    ],
    [
      "an attribute",
      one([...ordered, ...dictionary([text("__class__"), text("a")]), 0x62]),
      "give an attribute only to state dicts, _metadata; received another at byte 52 of its pickle.",
    ],
    [
      "an attribute more",
      one([...ordered, ...dictionary([text("_metadata"), [0x4e]], [text("x"), [0x4e]]), 0x62]),
      "give an attribute only to state dicts, _metadata; received another at byte 54 of its pickle.",
    ],
    [
      "an attribute of a list",
      one([0x5d, ...dictionary([text("_metadata"), text("a")]), 0x62]),
      "give an attribute only to state dicts, _metadata; received another at byte 26 of its pickle.",
    ],
    ["an empty stack", one([0x61]), "have a value for each opcode; received none at byte 2 of its pickle."],
    [
      "a mark that is missing",
      one([0x5d, 0x65]),
      "mark where a list begins; received no mark at byte 3 of its pickle.",
    ],
    [
      "values below a mark",
      one([0x5d, 0x28, 0x85, 0x65]),
      "have a value for each opcode; received none at byte 4 of its pickle.",
    ],
    [
      "a memory of nothing",
      one([0x68, 7]),
      "remember a value before it is used again; received number 7 at byte 2 of its pickle.",
    ],
    [
      "an appended dictionary",
      one([0x7d, 0x4e, 0x61]),
      "append to lists; received another value at byte 4 of its pickle.",
    ],
    [
      "half a pair",
      one([0x7d, 0x28, 0x4e, 0x75]),
      "set pairs of dictionaries; received another value at byte 5 of its pickle.",
    ],
    ["a list as key", one([0x7d, 0x5d, 0x4e, 0x73]), "have plain keys; received another at byte 5 of its pickle."],
    ["two values", one([0x4e, 0x4e]), "end with one value; received several at byte 4 of its pickle."],
    [
      "a huge integer",
      one([0x8a, 8, 0, 0, 0, 0, 0, 0, 32, 0]),
      "have integers within ±(2^53 − 1); received a larger one at byte 2 of its pickle.",
    ],
    ["text in another code", one([0x8c, 1, 0xff]), "have texts in UTF-8; received another at byte 2 of its pickle."],
    ["a text beyond the end", one([0x58, 255, 255, 255, 255]), "have a whole pickle; it ends at byte 8."],
    ["no end", archive(Uint8Array.of(0x80, 2, 0x4e)), "have a whole pickle; it ends at byte 3."],
    [
      "another protocol",
      archive(Uint8Array.of(0x80, 3, 0x4e, 0x2e)),
      "begin with protocol 2; received another at byte 0 of its pickle.",
    ],
    ["a list in itself", one(itself), "nest at most 100 levels, and hold nothing that holds itself."],
    [
      "102 lists in each other",
      one([...nested, 0x5d, ...nested.map(() => 0x61)]),
      "nest at most 100 levels, and hold nothing that holds itself.",
    ],
    [
      "a storage of another length",
      one(tensor(storage(7), 0, [6], [1])),
      "hold 7 elements of F32 in data/0; it has 24 bytes.",
    ],
    ["a storage that is missing", one(tensor(storage(6, "1"), 0, [6], [1])), "have an entry root/data/1; it has none."],
    [
      "a key that leads elsewhere",
      one(tensor(storage(6, "../data.pkl"), 0, [6], [1])),
      "have an entry root/data/../data.pkl; it has none.",
    ],
    [
      "a tensor beyond its storage",
      one(tensor(storage(6), 1, [2, 3], [3, 1])),
      "hold tensors within their storages; received shape [2, 3], strides [3, 1] and offset 1 of 6 elements.",
    ],
    [
      "an empty tensor beyond its storage",
      one(tensor(storage(6), 7, [0], [1])),
      "hold tensors within their storages; received shape [0], strides [1] and offset 7 of 6 elements.",
    ],
    [
      "a bomb",
      one(tensor(storage(6), 0, [50000, 50000, 50000], [0, 0, 0])),
      "not unfold few numbers into more than the file has bytes.",
    ],
    [
      "many little bombs",
      one(tuple(...Array.from({ length: 20 }, () => tensor(storage(6), 0, [500], [0])))),
      "not unfold few numbers into more than the file has bytes.",
    ],
    [
      "a module that was pickled whole",
      bytesOf(golden.module),
      'name only what tensors are made of; received "torch.nn.modules.linear Linear" at byte 2 of its pickle.',
    ],
    ["protocol 4", bytesOf(golden.protocol4), "begin with protocol 2; received another at byte 0 of its pickle."],
    [
      "torch's format before 1.6",
      bytesOf(golden.legacy),
      "be a zip archive; it is a pickle as torch wrote before 1.6. torch.save(torch.load(path), path) of torch 1.6 or later writes a zip archive.",
    ],
    [
      "a tar archive",
      Uint8Array.from({ length: 600 }, (_, k) => "ustar".charCodeAt(k - 257) || 0),
      "be a zip archive; it is a tar archive. torch.save(torch.load(path), path) of torch 1.6 or later writes a zip archive.",
    ],
    ["nothing", new Uint8Array(0), "be a zip archive; its directory is missing, so it is another file or cut off."],
    ["an archive without a pickle", zip({ "root/version": floats(1) }), "have one entry data.pkl; it has 0."],
    [
      "two pickles",
      zip({ "a/data.pkl": pickle([0x4e]), "b/data.pkl": pickle([0x4e]) }),
      "have one entry data.pkl; it has 2.",
    ],
  ])("refuses %s", (_, bytes, reason) => {
    expect(messageOf(() => decodeTorchCheckpoint(bytes, "net.pt"))).toBe(
      `decodeTorchCheckpoint: net.pt must ${reason}`,
    );
  });
});

describe("the archive of a checkpoint", () => {
  const good = bytesOf(golden.path.file);
  const find = (bytes: Uint8Array, signature: number, nth = 0): number => {
    const view = new DataView(bytes.buffer);
    const places = Array.from({ length: bytes.length - 3 }, (_, at) => at).filter(
      (at) => view.getUint32(at, true) === signature,
    );
    return places[nth]!;
  };
  /** A copy with other numbers: of 16 bits behind the nth place where a part of the directory begins. */
  const changed = (
    offset: number,
    value: number,
    nth = 0,
    { of = good, signature = 0x02014b50 }: { of?: Uint8Array; signature?: number } = {},
  ): Uint8Array => {
    const bytes = of.slice();
    new DataView(bytes.buffer).setUint16(find(bytes, signature, nth) + offset, value, true);
    return bytes;
  };
  /** The end of an archive that, other than torch's, has no fields of 64 bits. */
  const end = { of: zip({ "a/data.pkl": pickle([0x4e]) }), signature: 0x06054b50 };

  test("may be of 64 bits, and have a comment", () => {
    const long = bytesOf(golden.path.zip64);
    expect(find(long, 0x06064b50)).toBeGreaterThan(0);
    expectTensors(decodeTorchCheckpoint(long).tensors, golden.path.tensors);
    const comment = new Uint8Array(good.length + 300);
    comment.set(good);
    new DataView(comment.buffer).setUint16(good.length - 2, 300, true);
    expectTensors(decodeTorchCheckpoint(comment).tensors, golden.path.tensors);
  });

  test("is refused wherever it is cut", () => {
    for (const bytes of [good, bytesOf(golden.path.zip64)]) {
      for (let length = 0; length < bytes.length; length += 3) {
        expect(messageOf(() => decodeTorchCheckpoint(bytes.subarray(0, length)))).toContain("the checkpoint must ");
      }
    }
  });

  test("is refused for any changed bit of data in use", () => {
    for (let nth = 0; nth < 3; nth++) {
      const local = find(good, 0x04034b50, nth);
      const view = new DataView(good.buffer);
      const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      const bytes = good.slice();
      bytes[data + 5]! ^= 16;
      expect(messageOf(() => decodeTorchCheckpoint(bytes))).toMatch(
        /must be whole; the checksum of my net\.v1\/data(\.pkl|\/[01]) does not fit its content\.$/,
      );
    }
  });

  test.each([
    [
      "a compressed entry",
      zipSync({ "a/data.pkl": new Uint8Array(99) }),
      "store its entries as they are; a/data.pkl is compressed by method 8.",
    ],
    ["an encrypted entry", changed(8, 1), "not be encrypted; my net.v1/data.pkl is."],
    [
      "sizes that differ",
      changed(24, 9),
      /store its entries as they are; my net\.v1\/data\.pkl has 9 bytes, stored in \d+\.$/,
    ],
    [
      "a size beyond the directory",
      changed(20, 60000, 3, { of: changed(24, 60000, 3) }),
      /hold 60000 bytes of my net\.v1\/version; its directory begins behind \d+\.$/,
    ],
    ["another place", changed(42, 1), "hold my net.v1/data.pkl where its directory says, at byte 1."],
    [
      "a place beyond the directory",
      changed(44, 9),
      /hold my net\.v1\/data\.pkl where its directory says, at byte \d+\.$/,
    ],
    [
      "entries in one place",
      changed(42, 0, 1),
      /hold its entries apart; my net\.v1\/data\/0 overlaps my net\.v1\/data\.pkl\./,
    ],
    ["a long name", changed(28, 999), "have a whole zip directory."],
    ["more entries than there are", changed(10, 5, 0, end), "have a whole zip directory."],
    ["a directory behind its end", changed(18, 9, 0, end), "have a whole zip directory."],
    [
      "a repeated name",
      zip({ "a/data.pkl": pickle([0x4e]), "b/data.pkl": pickle([0x4e]) }).map((byte) => (byte === 98 ? 97 : byte)),
      "name each entry once; it repeats a/data.pkl.",
    ],
    [
      "a name in another code",
      zip({ "a/data.pkl": pickle([0x4e]), "~/x": floats(1) }).map((byte) => (byte === 126 ? 255 : byte)),
      "have names in UTF-8.",
    ],
  ])("is refused with %s", (_, bytes, reason) => {
    const message = messageOf(() => decodeTorchCheckpoint(bytes));
    if (typeof reason === "string") expect(message).toBe(`decodeTorchCheckpoint: the checkpoint must ${reason}`);
    else expect(message).toMatch(reason);
  });
});

describe("damage of any kind", () => {
  /** Bytes with a few others in some places. */
  const damaged = (bytes: Uint8Array) =>
    fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
      const copy = bytes.slice();
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
  const files = { ...unzipSync(bytesOf(golden.views.file)) };

  test.each([
    ["the pickle", damaged(files["archive/data.pkl"]!).map((data) => zip({ ...files, "archive/data.pkl": data })), 400],
    ["the archive", damaged(bytesOf(golden.path.file)), 400],
    [
      "the directory",
      damaged(bytesOf(golden.path.file).slice(-420)).map((end) => {
        const bytes = bytesOf(golden.path.file);
        bytes.set(end, bytes.length - end.length);
        return bytes;
      }),
      400,
    ],
  ])("of %s is read or refused with a reason", (_, files, numRuns) => {
    let refused = 0;
    const property = fc.property(files, (bytes) => {
      try {
        decodeTorchCheckpoint(bytes);
      } catch (error) {
        refused++;
        return isDdlError(error) && error.code === "data";
      }
      return true;
    });
    fc.assert(property, { seed: 11, numRuns });
    expect(refused).toBeGreaterThan(numRuns / 10);
  });
});
