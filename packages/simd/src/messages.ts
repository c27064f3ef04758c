/** What a worker is sent. */
export type WorkerRequest =
  | { kind: "start"; memory: WebAssembly.Memory; thread: number }
  | { kind: "load"; module: WebAssembly.Module; names: readonly string[] }
  | { kind: "run" };

/** What a worker answers: that it is ready for jobs, has a module, or cannot go on. */
export type WorkerAnswer = { kind: "ready" } | { kind: "loaded" } | { kind: "failed"; reason: string };
