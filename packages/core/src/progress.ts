/** Options of every function that works for long. */
export interface Cancellable {
  /** Aborting rejects (or throws) with `signal.reason`, leaving nothing half-done. */
  signal?: AbortSignal | undefined;
}

/** Throws `signal.reason` if the signal was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}
