import type { WorkerAnswer, WorkerRequest } from "./messages.js";
import { workerProgram } from "./workerProgram.js";

/** A worker of the platform. */
export interface Thread {
  post(request: WorkerRequest): void;
  /** Whether a Node process may end while the worker lives; it may while nothing is awaited from it. */
  keepAlive(keep: boolean): void;
  end(): Promise<void>;
}

/** What a {@link Thread} tells. */
export interface ThreadListener {
  answered(answer: WorkerAnswer): void;
  /** It ended, or never began. */
  ended(reason: string): void;
}

/** Starts a worker thread of Node or a Web Worker. @throws whatever the platform throws, for instance where a policy forbids workers */
export async function startThread(listener: ThreadListener, workerUrl?: string | URL): Promise<Thread> {
  return isNode() ? startNodeThread(listener) : startWebWorker(listener, workerUrl);
}

/** True in Node and what is like it. */
export function isNode(): boolean {
  return typeof process === "object" && process.versions?.node !== undefined;
}

/** Number of threads that the machine runs at once. */
export async function availableParallelism(): Promise<number> {
  if (isNode()) return (await nodeModule<typeof import("node:os")>("os")).availableParallelism();
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** A module of Node's own, under a name that bundlers for browsers do not follow. */
export async function nodeModule<T>(name: string): Promise<T> {
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ ["node", name].join(":"))) as T;
}

async function startNodeThread({ answered, ended }: ThreadListener): Promise<Thread> {
  const { Worker: NodeWorker } = await nodeModule<typeof import("node:worker_threads")>("worker_threads");
  const worker = new NodeWorker(workerProgram, { eval: true, name: "@ddl/simd" });
  worker.on("message", answered);
  worker.on("error", (error) => ended(error.message));
  worker.on("exit", (code) => ended(`exit code ${code}`));
  return {
    post: (request) => worker.postMessage(request),
    keepAlive: (keep) => (keep ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  };
}

function startWebWorker({ answered, ended }: ThreadListener, workerUrl: string | URL | undefined): Thread {
  const text = workerUrl === undefined ? new Blob([workerProgram], { type: "text/javascript" }) : undefined;
  const address = text === undefined ? String(workerUrl) : URL.createObjectURL(text);
  const worker = new Worker(address, { name: "@ddl/simd" });
  const forget = (): void => {
    if (text !== undefined) URL.revokeObjectURL(address);
  };
  worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
    forget();
    answered(data);
  };
  worker.onerror = ({ message }) => {
    forget();
    // A policy's refusal comes without a word.
    const refused = "a worker could not be started; a Content-Security-Policy may forbid it: see the option workerUrl";
    ended(message || refused);
  };
  return {
    post: (request) => worker.postMessage(request),
    keepAlive: () => {},
    end: async () => worker.terminate(),
  };
}
