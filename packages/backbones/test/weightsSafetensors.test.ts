import type { StoredTensor } from "@ddl/backbones/weights";
import { decodeSafetensors, encodeSafetensors } from "@ddl/backbones/weights";
import type { NumericArray } from "@ddl/core";
import { isDdlError } from "@ddl/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "./goldens/weightsSafetensors.json" with { type: "json" };

type Tensors = Map<string, StoredTensor<NumericArray>>;

const goldenTensors = golden.tensors as [string, { dtype: string; shape: number[]; values: (number | string)[] }][];

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** A file with this header and this many bytes of data. */
function file(header: string | Uint8Array, data: number | Uint8Array = 0): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const content = typeof data === "number" ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + json.length + content.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(content, 8 + json.length);
  return bytes;
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

describe("decodeSafetensors", () => {
  test("reads every type as torch and numpy wrote it, at whatever place it lies", () => {
    const { tensors, metadata } = decodeSafetensors(bytesOf(golden.file));
    expect(metadata).toEqual({ format: "pt", ü: "ö" });
    expect([...tensors.keys()]).toEqual(goldenTensors.map(([name]) => name));
    const arrays: Record<string, string> = {
      BOOL: "Uint8Array",
      U8: "Uint8Array",
      I8: "Int8Array",
      I16: "Int16Array",
      U16: "Uint16Array",
      I32: "Int32Array",
      U32: "Uint32Array",
      F64: "Float64Array",
      I64: "Float64Array",
      U64: "Float64Array",
    };
    for (const [name, expected] of goldenTensors as [string, { dtype: string; shape: number[]; values: unknown[] }][]) {
      const { shape, values } = tensors.get(name)!;
      expect(shape, name).toEqual(expected.shape);
      expect(values[Symbol.toStringTag], name).toBe(arrays[expected.dtype] ?? "Float32Array");
      expect([...values], name).toEqual(expected.values.map(Number));
    }
    expect(tensors.get("half")!.dtype).toBe("F16");
    expect(tensors.get("single")!.dtype).toBeUndefined();
  });

  test("reads the 8-bit floats by their tables: least, largest, not finite", () => {
    const header =
      '{"a":{"dtype":"F8_E4M3","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"F8_E5M2","shape":[6],"data_offsets":[6,12]}}';
    const bytes = Uint8Array.of(0x01, 0x08, 0x38, 0x7e, 0x7f, 0x80, 0x01, 0x04, 0x3c, 0x7b, 0x7c, 0xfe);
    const { tensors } = decodeSafetensors(file(header, bytes));
    expect([...tensors.get("a")!.values]).toEqual([2 ** -9, 2 ** -6, 1, 448, NaN, -0]);
    expect([...tensors.get("b")!.values]).toEqual([2 ** -16, 2 ** -14, 1, 57344, Infinity, NaN]);
  });

  test("views data at a multiple of its element's size, and copies other data", () => {
    const at = (offset: number): [Uint8Array, NumericArray] => {
      const content = encodeSafetensors({
        tensors: new Map([["a", { shape: [2], values: Float32Array.of(1.5, -2) }]]),
      });
      const memory = new Uint8Array(content.length + 8);
      memory.set(content, offset);
      const bytes = memory.subarray(offset, offset + content.length);
      return [bytes, decodeSafetensors(bytes).tensors.get("a")!.values];
    };
    for (const [offset, seen] of [
      [0, true],
      [4, true],
      [1, false],
      [6, false],
    ] as const) {
      const [bytes, values] = at(offset);
      expect([...values]).toEqual([1.5, -2]);
      expect(values.buffer === bytes.buffer, String(offset)).toBe(seen);
    }
  });

  const entry = (name: string, begin: number, end: number, shape = `[${(end - begin) / 4}]`, dtype = "F32"): string =>
    `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
  const whole = "must give a exactly dtype, shape and data_offsets, of whole numbers.";
  const long = file("{}");
  new DataView(long.buffer).setBigUint64(0, 100_000_001n, true);

  test.each([
    ["fewer than 8 bytes", new Uint8Array(5), "must have at least 8 bytes; received 5."],
    ["an overlong header", long, "must have a header of at most 100000000 bytes; it says 100000001."],
    ["a cut header", file("{}").subarray(0, 9), "must hold its header of 2 bytes; the file has 9."],
    ["invalid UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), "must have a header of JSON."],
    ["invalid JSON", file("{nonsense"), "must have a header of JSON."],
    ["a byte order mark", file("\ufeff{}"), "must have a header of JSON."],
    ["a list", file("[]"), "must have a JSON object as header."],
    ["a space at the start", file(" {}"), "must have a header that begins with {."],
    [
      "a repeated name",
      file(`{${entry("a", 0, 4)},${entry("b", 4, 8)},${entry("\\u0061", 4, 8)}}`, 8),
      'must name everything once; its header repeats "a".',
    ],
    [
      "a repeated field",
      file('{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}', 8),
      'must name everything once; its header repeats "shape".',
    ],
    [
      "a repeated text",
      file('{"__metadata__":{"k":"x{\\"","k":"y"}}'),
      'must name everything once; its header repeats "k".',
    ],
    [
      "an unknown type",
      file(`{${entry("a", 0, 4, "[8]", "F4")}}`, 4),
      'must hold the types BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64; a has dtype "F4".',
    ],
    ["a missing field", file('{"a":{"dtype":"F32","shape":[1]}}', 4), whole],
    ["another field", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', 4), whole],
    ["no object", file('{"a":null}', 4), whole],
    ["a type that is no text", file('{"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}}', 4), whole],
    ["a negative length", file(`{${entry("a", 0, 8, "[-2]")}}`, 8), whole],
    ["a fraction", file(`{${entry("a", 0, 6)}}`, 6), whole],
    ["a length above 2^53", file(`{${entry("a", 0, 8, "[9007199254740992]")}}`, 8), whole],
    ["three offsets", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', 4), whole],
    [
      "an end before the begin",
      file(`{${entry("a", 8, 4, "[1]")}}`, 8),
      "must hold 4 bytes for a; received the range 8 to 4 of 8.",
    ],
    [
      "another size",
      file(`{${entry("a", 0, 8, "[3]")}}`, 8),
      "must hold 12 bytes for a; received the range 0 to 8 of 8.",
    ],
    [
      "a size that overflows",
      file(`{${entry("a", 0, 8, "[4294967296,4294967296,4294967296]")}}`, 8),
      "must hold 3.1691265005705735e+29 bytes for a; received the range 0 to 8 of 8.",
    ],
    ["a cut", file(`{${entry("a", 0, 16)}}`, 8), "must hold 16 bytes for a; received the range 0 to 16 of 8."],
    [
      "a first tensor that is not first",
      file(`{${entry("a", 4, 8)}}`, 8),
      "must hold tensors without holes and overlaps; a begins at 4, not at 0.",
    ],
    [
      "a hole",
      file(`{${entry("b", 12, 16)},${entry("a", 0, 8)}}`, 16),
      "must hold tensors without holes and overlaps; b begins at 12, not at 8.",
    ],
    [
      "an overlap",
      file(`{${entry("a", 0, 8)},${entry("b", 4, 12)}}`, 12),
      "must hold tensors without holes and overlaps; b begins at 4, not at 8.",
    ],
    ["bytes at the end", file(`{${entry("a", 0, 8)}}`, 12), "must end with its last tensor; 4 bytes are left."],
    ["metadata of numbers", file('{"__metadata__":{"x":1}}'), "must have only strings in __metadata__."],
    ["a list of metadata", file('{"__metadata__":["x"]}'), "must have only strings in __metadata__."],
    [
      "a large integer",
      file(`{${entry("a", 0, 8, "[1]", "I64")}}`, Uint8Array.of(0, 0, 0, 0, 0, 0, 32, 0)),
      "must be sound: a of I64 must lie within ±(2^53 − 1); it has about 9007199254740992.",
    ],
    [
      "a third truth",
      file(`{${entry("a", 0, 2, "[2]", "BOOL")}}`, Uint8Array.of(1, 2)),
      "must be sound: a of BOOL must be 0 or 1; it has 2.",
    ],
  ])("refuses %s", (_, bytes, reason) => {
    expect(messageOf(() => decodeSafetensors(bytes, "w.safetensors"))).toBe(
      `decodeSafetensors: w.safetensors ${reason}`,
    );
  });

  test("reads what has no tensor, a header that ends in spaces, and names of any kind", () => {
    expect(decodeSafetensors(file("{}   ")).tensors.size).toBe(0);
    const { tensors } = decodeSafetensors(file(`{${entry("constructor", 0, 4, "[]")},${entry("0", 4, 4)}}`, 4));
    expect(tensors.get("constructor")).toEqual({ shape: [], values: Float32Array.of(0) });
    expect(tensors.get("0")).toEqual({ shape: [0], values: new Float32Array(0) });
  });
});

test("a damaged file is read or refused with a reason", () => {
  const whole = bytesOf(golden.file);
  const length = Number(new DataView(whole.buffer).getBigUint64(0, true));
  const places = fc.array(fc.tuple(fc.nat(length + 8), fc.nat(255)), { minLength: 1, maxLength: 3 });
  let refused = 0;
  const property = fc.property(places, (changes) => {
    const bytes = whole.slice();
    for (const [at, byte] of changes) bytes[at] = byte;
    try {
      decodeSafetensors(bytes);
    } catch (error) {
      refused++;
      return isDdlError(error) && error.code === "data";
    }
    return true;
  });
  fc.assert(property, { seed: 13, numRuns: 400 });
  expect(refused).toBeGreaterThan(200);
});

describe("encodeSafetensors", () => {
  const content = (): Tensors =>
    new Map<string, StoredTensor<NumericArray>>([
      ["z", { shape: [3], values: Uint8Array.of(1, 2, 3) }],
      ["b", { shape: [1], values: Float32Array.of(2) }],
      ["n", { shape: [], values: Float64Array.of(7), dtype: "I64" }],
      ["__proto__", { shape: [2, 1], values: Float32Array.of(1, -0.5), dtype: "BF16" }],
      ["a", { shape: [2], values: Float32Array.of(0, 4) }],
    ]);

  test("writes larger types first, then by name, the data at multiples of 8, the same for any order", () => {
    const bytes = encodeSafetensors({ tensors: content(), metadata: { format: "pt" } });
    expect(encodeSafetensors({ tensors: new Map([...content()].reverse()), metadata: { format: "pt" } })).toEqual(
      bytes,
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(length % 8).toBe(0);
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
        '"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"b":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},' +
        '"__proto__":{"dtype":"BF16","shape":[2,1],"data_offsets":[20,24]},"z":{"dtype":"U8","shape":[3],"data_offsets":[24,27]}}',
    );
    expect([...bytes.subarray(8 + length)]).toEqual([
      ...[7, 0, 0, 0, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0, 128, 64],
      ...[0, 0, 0, 64],
      ...[128, 63, 0, 191],
      ...[1, 2, 3],
    ]);
  });

  test("gives back what was read, of every type", () => {
    const first = decodeSafetensors(bytesOf(golden.file));
    const second = decodeSafetensors(encodeSafetensors(first));
    expect(second.metadata).toEqual(first.metadata);
    expect([...second.tensors].sort()).toEqual([...first.tensors].sort());
  });

  test("leaves out metadata that is empty", () => {
    expect(new TextDecoder().decode(encodeSafetensors({ tensors: new Map() }).subarray(8))).toBe("{}      ");
  });

  test("rounds to the nearest 16-bit float, ties to even, as torch does", () => {
    for (const format of ["F16", "BF16"] as const) {
      const stored = goldenTensors.find(([, { dtype }]) => dtype === format)![1] as {
        values: (number | string)[];
      };
      const double = goldenTensors.find(([name]) => name === "double")![1] as { values: number[] };
      const values = Float32Array.from(double.values);
      const bytes = encodeSafetensors({ tensors: new Map([["a", { shape: [values.length], values, dtype: format }]]) });
      const back = decodeSafetensors(bytes).tensors.get("a")!.values;
      expect([...back], format).toEqual(stored.values.slice(0, values.length).map(Number));
    }
    const rounded = (dtype: "F16" | "F8_E4M3" | "F8_E5M2", ...numbers: number[]): number[] => {
      const values = Float32Array.from(numbers);
      const bytes = encodeSafetensors({ tensors: new Map([["a", { shape: [values.length], values, dtype }]]) });
      return [...decodeSafetensors(bytes).tensors.get("a")!.values];
    };
    // 1 + half a step, 1 + one and a half; the largest and beyond, half a step and less.
    expect(
      rounded("F16", 1 + 2 ** -11, 1 + 3 * 2 ** -11, -65519, 65520, -Infinity, 2 ** -25, 3 * 2 ** -26, NaN),
    ).toEqual([1, 1 + 2 ** -9, -65504, Infinity, -Infinity, 0, 2 ** -24, NaN]);
    expect(rounded("F8_E4M3", 464, 465, -500, NaN, -1.0625, 1.1875)).toEqual([448, NaN, NaN, NaN, -1, 1.25]);
    expect(rounded("F8_E5M2", 61439, 61440, 1.125, -1.375, NaN)).toEqual([57344, Infinity, 1, -1.5, NaN]);
  });

  test("every tensor comes back", () => {
    const arrays = fc.oneof(
      fc.float32Array({ maxLength: 9 }),
      fc.float64Array({ maxLength: 9 }),
      fc.int8Array({ maxLength: 9 }),
      fc.uint16Array({ maxLength: 9 }),
      fc.int32Array({ maxLength: 9 }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), arrays, { noNullPrototype: true }), (given) => {
        const tensors: Tensors = new Map(
          Object.entries(given).map(([name, values]) => [
            name,
            { shape: [1, values.length], values: values as NumericArray },
          ]),
        );
        tensors.delete("__metadata__");
        const back = decodeSafetensors(encodeSafetensors({ tensors })).tensors;
        expect(back.size).toBe(tensors.size);
        for (const [name, tensor] of tensors) expect(back.get(name)).toEqual(tensor);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test.each([
    [
      { tensors: new Map([["__metadata__", { shape: [1], values: Float32Array.of(1) }]]) },
      'tensors must have no tensor of the name __metadata__; received "__metadata__".',
    ],
    [
      { tensors: new Map([["a", { shape: [2], values: Float32Array.of(1) }]]) },
      "values of a must have the shape [2]; received Float32Array(1).",
    ],
    [
      { tensors: new Map([["a", { shape: [1], values: [1] }]]) },
      "values of a must be a typed array of numbers; received [1].",
    ],
    [
      { tensors: new Map([["a", { shape: [1], values: BigInt64Array.of(1n) }]]) },
      "values of a must be a typed array of numbers; received BigInt64Array(1).",
    ],
    [
      { tensors: new Map([["a", { shape: [1], values: Float64Array.of(1), dtype: "F16" }]]) },
      "values of a must be an array for F16; received Float64Array(1).",
    ],
    [
      { tensors: new Map([["a", { shape: [1], values: Float64Array.of(1), dtype: "F4" }]]) },
      "values of a must be an array for F4; received Float64Array(1).",
    ],
    [
      { tensors: new Map([["a", { shape: [2], values: Float64Array.of(1, 1.5), dtype: "I64" }]]) },
      "values of a must be integers that I64 and float64 hold; received 1.5.",
    ],
    [
      { tensors: new Map([["a", { shape: [1], values: Float64Array.of(-1), dtype: "U64" }]]) },
      "values of a must be integers that U64 and float64 hold; received -1.",
    ],
    [
      { tensors: new Map([["a", { shape: [1], values: Uint8Array.of(3), dtype: "BOOL" }]]) },
      "values of a must be 0 or 1; received 3.",
    ],
    [{ tensors: new Map(), metadata: { x: 1 } }, "metadata must have only strings; received { x }."],
    [{ tensors: new Map(), meta: {} }, 'options must have only the keys tensors, metadata; received "meta".'],
  ])("refuses %j", (given, reason) => {
    expect(messageOf(() => encodeSafetensors(given as never))).toBe(`encodeSafetensors: ${reason}`);
  });
});
