/**
 * What a worker runs. Between jobs it polls the ticket for a while, then sleeps on it; when the owner calls, it returns to its event
 * loop to hear what is wanted. `scripts/workerProgram.mjs` makes the text that is started of this file.
 */
import type { ControlPage, KernelFunction } from "./claimChunks.js";
import { claimChunks } from "./claimChunks.js";
import { layout } from "./layout.js";
import type { WorkerAnswer, WorkerRequest } from "./messages.js";

interface Port {
  postMessage(answer: WorkerAnswer): void;
}

const { process: node } = globalThis as unknown as { process?: NodeJS.Process };
const parentPort =
  node?.versions?.node === undefined ? undefined : node.getBuiltinModule("node:worker_threads").parentPort!;
const port: Port = parentPort ?? (globalThis as unknown as Port);
const kernels: KernelFunction[] = [];
let memory: WebAssembly.Memory;
let page: ControlPage;
let thread = 0;

function receive(request: WorkerRequest): void {
  try {
    if (request.kind === "start") {
      ({ memory, thread } = request);
      page = { words: new Int32Array(memory.buffer), numbers: new Float64Array(memory.buffer) };
    } else if (request.kind === "load") {
      load(request.module, request.names);
      port.postMessage({ kind: "loaded" });
    } else {
      serve();
    }
  } catch (error) {
    port.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}

function load(module: WebAssembly.Module, names: readonly string[]): void {
  const abort = (): never => {
    throw new Error("the kernel aborted");
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  for (const name of names) kernels.push(exports[name] as KernelFunction);
}

/** Takes part in jobs until the owner calls. */
function serve(): void {
  const { words } = page;
  const calls = Atomics.load(words, layout.calls);
  let epoch = Atomics.load(words, layout.ticket) >>> 16;
  port.postMessage({ kind: "ready" });
  for (;;) {
    let ticket = Atomics.load(words, layout.ticket);
    for (let polls = 0; ticket >>> 16 === epoch; ticket = Atomics.load(words, layout.ticket)) {
      if (++polls <= words[layout.spin]!) continue;
      Atomics.add(words, layout.parked, 1);
      Atomics.wait(words, layout.ticket, ticket);
      Atomics.sub(words, layout.parked, 1);
      polls = 0;
    }
    if (Atomics.load(words, layout.calls) !== calls) return;
    epoch = ticket >>> 16;
    claimChunks(page, kernels, thread, epoch, layout.closed);
  }
}

if (parentPort !== undefined) parentPort.on("message", receive);
else (globalThis as unknown as { onmessage: unknown }).onmessage = (event: MessageEvent) => receive(event.data);
