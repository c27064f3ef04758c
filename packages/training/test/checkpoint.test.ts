import type { StoredTensor, TrainingState } from "@ddl/training";
import { decodeCheckpoint, encodeCheckpoint } from "@ddl/training";
import { describe, expect, test } from "vitest";

const tensors = (scale: number): Map<string, StoredTensor> =>
  new Map([
    ["b/kernel", { shape: [2, 3], values: Float32Array.from([1, 2, 3, 4, 5, 6], (x) => x * scale) }],
    ["a/bias", { shape: [], values: Float32Array.of(scale) }],
    ["c/empty", { shape: [0, 4], values: new Float32Array(0) }],
  ]);

const state: TrainingState = {
  position: { epoch: 2, step: 3 },
  configuration: { seed: "7" },
  history: [
    { epoch: 0, loss: 0.5, metrics: { dice: 0.1 }, trainingMetrics: {}, learningRate: 0.01, skipped: 0 },
    { epoch: 1, loss: 0.25, metrics: { dice: 0.3 }, trainingMetrics: { dice: 0.2 }, learningRate: 0.005, skipped: 1 },
  ],
  best: { epoch: 1, score: 0.3 },
  updates: 17,
  optimizerUpdates: { "b/kernel": 17 },
  schedule: { count: 2, best: null },
  running: {
    loss: { sum: 0.1, count: 3 },
    metrics: { dice: { sum: 1 / 3, count: 2 } },
    skipped: 0,
    learningRate: null,
    accumulatedSamples: 4,
    accumulatedBatches: 1,
  },
  tensors: {
    weights: tensors(1),
    optimizer: tensors(-0.125),
    average: tensors(3),
    gradients: new Map(),
    best: tensors(7),
  },
};

/** A file with this header, spaces added to make it valid, and this many bytes of data. */
function file(header: string, data: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe("a checkpoint", () => {
  test("comes back as it was", async () => {
    expect(await decodeCheckpoint(await encodeCheckpoint(state))).toEqual(state);
    expect(await decodeCheckpoint(await encodeCheckpoint({ ...state, best: null }))).toEqual({
      ...state,
      best: null,
    });
  });

  test("comes back from a Buffer of Node, which may be a part of larger memory", async () => {
    const bytes = await encodeCheckpoint(state);
    expect(await decodeCheckpoint(Buffer.from(bytes))).toEqual(state);
    const larger = Buffer.alloc(bytes.length + 13, 255);
    larger.set(bytes, 7);
    expect(await decodeCheckpoint(larger.subarray(7, 7 + bytes.length))).toEqual(state);
  });

  test("is the same bytes for the same state, in the safetensors layout", async () => {
    const bytes = await encodeCheckpoint(state);
    expect(await encodeCheckpoint(structuredClone(state))).toEqual(bytes);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header["weights/b/kernel"]).toMatchObject({ dtype: "F32", shape: [2, 3] });
    expect(bytes).toHaveLength(8 + length + 4 * 7 * 4);
  });

  test("notices a changed bit anywhere behind the header", async () => {
    const bytes = await encodeCheckpoint(state);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    for (const at of [8 + length, bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1;
      await expect(decodeCheckpoint(damaged, "c.safetensors")).rejects.toThrow(
        "decodeCheckpoint: c.safetensors is damaged: its checksum does not fit its content.",
      );
    }
  });

  test("notices every cut", async () => {
    const bytes = await encodeCheckpoint(state);
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(decodeCheckpoint(bytes.subarray(0, length))).rejects.toThrow(
        expect.objectContaining({ code: "data" }),
      );
    }
  });

  const entry = (name: string, begin: number, end: number, shape = `[${(end - begin) / 4}]`): string =>
    `"${name}":{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;

  test.each([
    [new Uint8Array(5), "must have at least 8 bytes; received 5."],
    [file("{}", 0).subarray(0, 9), "must hold its header of 2 bytes; the file has 9."],
    [file("{nonsense", 0), "must have a header of JSON."],
    [file("[]", 0), "must have a JSON object as header."],
    [file(`{${entry("a", 0, 8)}}`, 12), "must end with its last tensor; 4 bytes are left."],
    [
      file(`{${entry("a", 0, 8)},${entry("b", 12, 16)}}`, 16),
      "must hold tensors without holes and overlaps; b begins at 12, not at 8.",
    ],
    [
      file(`{${entry("a", 0, 8)},${entry("b", 4, 12)}}`, 12),
      "must hold tensors without holes and overlaps; b begins at 4, not at 8.",
    ],
    [file(`{${entry("a", 0, 8, "[3]")}}`, 8), "must hold 12 bytes for a; received the range 0 to 8 of 8."],
    [file(`{${entry("a", 0, 16)}}`, 8), "must hold 16 bytes for a; received the range 0 to 16 of 8."],
    [file(`{${entry("a", 0, 8, "[-2]")}}`, 8), "must give a exactly dtype, shape and data_offsets, of whole numbers."],
    [file('{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2), 'must hold F32 or I32; a has dtype "F16".'],
    [file('{"__metadata__":{"x":1}}', 0), "must have only strings in __metadata__."],
    [file(`{${entry("a", 0, 8)}}`, 8), "must be a checkpoint of a training; it holds tensors only."],
  ])("is refused with the reason %#", async (bytes, reason) => {
    await expect(decodeCheckpoint(bytes, "c.safetensors")).rejects.toThrow(
      expect.objectContaining({
        code: "data",
        message: expect.stringMatching(/^decode(Checkpoint|Safetensors): c\.safetensors /),
      }),
    );
    await expect(decodeCheckpoint(bytes, "c.safetensors")).rejects.toThrow(reason);
  });
});
