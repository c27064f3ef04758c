import { StateError } from "@ddl/core";
import type { WorkerAnswer, WorkerRequest } from "./batchWorker.js";
import type { BatchPlan, RawBatch, VolumeStore } from "./makeBatch.js";

/** A worker of the platform: a thread of Node or a Web Worker. */
interface Thread {
  post(request: WorkerRequest): void;
  /** Whether the process may end while the worker lives. */
  keepAlive(keep: boolean): void;
  end(): Promise<void>;
}

interface Listener {
  answered(answer: WorkerAnswer): void;
  failed(reason: string): void;
}

interface Pending {
  resolve: (batch: RawBatch) => void;
  reject: (error: unknown) => void;
}

/** Workers that make batches of the same volumes. */
export class WorkerPool {
  readonly #members: { thread: Thread; pending: Map<number, Pending> }[] = [];
  #failure: StateError | undefined;
  #next = 0;

  private constructor() {}

  /** Starts workers and hands them the volumes. */
  static async start(count: number, volumes: VolumeStore[]): Promise<WorkerPool> {
    const pool = new WorkerPool();
    for (let k = 0; k < count; k++) {
      const pending = new Map<number, Pending>();
      const thread = await startThread({
        answered: (answer) => pool.#answered(k, answer),
        failed: (reason) => pool.#failed(reason),
      });
      pool.#members.push({ thread, pending });
      thread.post({ kind: "volumes", volumes });
      thread.keepAlive(false);
    }
    return pool;
  }

  /** The batch of a plan, made by the next worker in turn. @throws StateError if a worker died */
  make(plan: BatchPlan): Promise<RawBatch> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#next++;
    const { thread, pending } = this.#members[id % this.#members.length]!;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      thread.keepAlive(true);
      thread.post({ kind: "plan", id, plan });
    });
  }

  /** Ends the workers; batches that are not made yet are refused. */
  async close(): Promise<void> {
    this.#refuse(new StateError("BatchSource: it was closed while a batch was being made."));
    await Promise.all(this.#members.map(({ thread }) => thread.end()));
  }

  #answered(member: number, answer: WorkerAnswer): void {
    const { thread, pending } = this.#members[member]!;
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (pending.size === 0) thread.keepAlive(false);
    if ("batch" in answer) waiting?.resolve(answer.batch);
    else waiting?.reject(new StateError(`BatchSource: a worker could not make a batch: ${answer.error}`));
  }

  #failed(reason: string): void {
    this.#refuse(new StateError(`BatchSource: a worker ended while batches were needed: ${reason}.`));
  }

  #refuse(failure: StateError): void {
    this.#failure ??= failure;
    for (const { thread, pending } of this.#members) {
      for (const { reject } of pending.values()) reject(this.#failure);
      pending.clear();
      thread.keepAlive(false);
    }
  }
}

async function startThread(listener: Listener): Promise<Thread> {
  return typeof process === "object" && process.versions?.node !== undefined
    ? startNodeThread(listener)
    : startWebWorker(listener);
}

async function startNodeThread({ answered, failed }: Listener): Promise<Thread> {
  // Names that bundlers for browsers must not follow are put together at run time.
  const { Worker: NodeWorker } = (await import(
    /* @vite-ignore */ ["node", "worker_threads"].join(":")
  )) as typeof import("node:worker_threads");
  const file = "./batchWorker.js";
  const worker = new NodeWorker(new URL(file, import.meta.url));
  worker.on("message", answered);
  worker.on("error", (error) => failed(error.message));
  worker.on("exit", (code) => failed(`exit code ${code}`));
  return {
    post: (request) => worker.postMessage(request),
    keepAlive: (keep) => (keep ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  };
}

function startWebWorker({ answered, failed }: Listener): Thread {
  // This literal form is what bundlers recognise.
  const worker = new Worker(new URL("./batchWorker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => answered(data);
  worker.onerror = ({ message }) => failed(message || "it could not be started");
  return {
    post: (request) => worker.postMessage(request),
    keepAlive: () => {},
    end: async () => worker.terminate(),
  };
}
