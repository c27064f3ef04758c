import type { SafetensorsFile, StoredTensor } from "@ddl/backbones/weights";
import { decodeSafetensors, encodeSafetensors } from "@ddl/backbones/weights";
import { DataError } from "@ddl/core";
import { sha256 } from "hash-wasm";
import type { TrainingState, TrainingTensors } from "./trainingState.js";

const groups = ["weights", "optimizer", "average", "gradients", "best"] as const satisfies (keyof TrainingTensors)[];

/** A training state as one safetensors file, with a checksum of its numbers. */
export async function encodeCheckpoint(state: TrainingState): Promise<Uint8Array> {
  const { tensors: grouped, ...rest } = state;
  const tensors = new Map<string, StoredTensor>();
  for (const group of groups) {
    for (const [name, value] of grouped[group]) tensors.set(`${group}/${name}`, value);
  }
  const training = JSON.stringify(rest);
  return encodeSafetensors({ tensors, metadata: { training, checksum: await checksum(training, tensors) } });
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 * @param file name for the messages; default `the checkpoint`
 * @throws DataError if the file is cut off, damaged or no checkpoint
 */
export async function decodeCheckpoint(bytes: Uint8Array, file = "the checkpoint"): Promise<TrainingState> {
  const { tensors: stored, metadata } = decodeSafetensors(bytes, file);
  const tensors = ofTraining(stored, file);
  const { training, checksum: expected } = metadata;
  if (training === undefined || expected === undefined) {
    throw new DataError("decodeCheckpoint", file, "must be a checkpoint of a training; it holds tensors only.");
  }
  if ((await checksum(training, tensors)) !== expected) {
    throw new DataError("decodeCheckpoint", file, "is damaged: its checksum does not fit its content.");
  }
  const pick = (group: string): Map<string, StoredTensor> =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(`${group}/`))
        .map(([name, value]) => [name.slice(group.length + 1), value]),
    );
  const rest = JSON.parse(training) as Omit<TrainingState, "tensors">;
  return {
    ...rest,
    tensors: Object.fromEntries(groups.map((group) => [group, pick(group)])) as unknown as TrainingTensors,
  };
}

/** The tensors of a file, all of the types that {@link encodeCheckpoint} writes. */
function ofTraining(stored: SafetensorsFile["tensors"], file: string): Map<string, StoredTensor> {
  for (const [name, { values, dtype = values[Symbol.toStringTag] }] of stored) {
    if (dtype === "Float32Array" || dtype === "Int32Array") continue;
    throw new DataError("decodeCheckpoint", file, `must hold F32 or I32; ${name} has dtype ${JSON.stringify(dtype)}.`);
  }
  return stored as Map<string, StoredTensor>;
}

async function checksum(training: string, tensors: ReadonlyMap<string, StoredTensor>): Promise<string> {
  const parts = [await sha256(training)];
  for (const name of [...tensors.keys()].sort()) {
    const { shape, values } = tensors.get(name)!;
    parts.push(name, shape.join(), await sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
  }
  return sha256(parts.join("\n"));
}
