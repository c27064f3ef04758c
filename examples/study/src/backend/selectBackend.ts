import { createRequire } from "node:module";
import { dirname } from "node:path";
import { BackendError } from "@ddl/core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { getBackend, ready, setBackend } from "@tensorflow/tfjs-core";
import { registerWasmTraining } from "./wasmTraining.js";

let selected: Promise<void> | undefined;

/** Makes tfjs train on `wasm`, one thread, with the gradients it lacks. @throws BackendError if it does not start */
export function selectBackend(): Promise<void> {
  selected ??= start();
  return selected;
}

async function start(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(entry)}/`);
  const started = await setBackend("wasm");
  if (!started) throw new BackendError(`selectBackend: tfjs's wasm backend did not start; tfjs is on ${getBackend()}.`);
  await ready();
  registerWasmTraining();
}
