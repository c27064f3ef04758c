/** The module a batch worker runs: volumes come once, then a batch is made for each plan. */
import type { BatchPlan, RawBatch, VolumeStore } from "./makeBatch.js";
import { makeBatch } from "./makeBatch.js";

/** What a worker is sent. */
export type WorkerRequest = { kind: "volumes"; volumes: VolumeStore[] } | { kind: "plan"; id: number; plan: BatchPlan };

/** What a worker answers. */
export type WorkerAnswer = { id: number; batch: RawBatch } | { id: number; error: string };

interface Port {
  postMessage(message: WorkerAnswer, transfer: ArrayBuffer[]): void;
}

let volumes: VolumeStore[] = [];

function answer(port: Port, request: WorkerRequest): void {
  if (request.kind === "volumes") {
    volumes = request.volumes;
    return;
  }
  const { id } = request;
  try {
    const batch = makeBatch(volumes, request.plan);
    port.postMessage({ id, batch }, [batch.images.buffer as ArrayBuffer, batch.masks.buffer as ArrayBuffer]);
  } catch (error) {
    port.postMessage({ id, error: (error as Error).message }, []);
  }
}

if (typeof process === "object" && process.versions?.node !== undefined) {
  const { parentPort } = await import(/* @vite-ignore */ ["node", "worker_threads"].join(":"));
  parentPort.on("message", (request: WorkerRequest) => answer(parentPort, request));
} else {
  const scope = globalThis as unknown as Port & { onmessage: (event: MessageEvent<WorkerRequest>) => void };
  scope.onmessage = ({ data }) => answer(scope, data);
}
