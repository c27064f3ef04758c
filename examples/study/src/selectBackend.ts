import "@ddl/backend-simd";
import { BackendError } from "@ddl/core";
import { ready as deformableKernels } from "@ddl/deform-conv/simd";
import { getBackend, ready, setBackend } from "@tensorflow/tfjs-core";

let selected: Promise<void> | undefined;

/** Makes tfjs compute on `simd`: every processor, no native code. @throws BackendError if it does not start */
export function selectBackend(): Promise<void> {
  selected ??= start();
  return selected;
}

async function start(): Promise<void> {
  const started = await setBackend("simd");
  if (!started) throw new BackendError(`selectBackend: the simd backend did not start; tfjs is on ${getBackend()}.`);
  await Promise.all([ready(), deformableKernels]);
}
