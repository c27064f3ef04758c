/** What the kernels need of the runtime: threads and memory. */
export interface KernelHost {
  /**
   * Runs chunk 0 … chunks - 1 of a kernel, on any threads in any order; returns when all are done.
   * @param chunks at most 65534
   * @param scratchBytes each thread's own memory, with any contents
   */
  parallelFor(kernel: string, chunks: number, args: readonly number[], scratchBytes?: number): void;
  /** Memory at a multiple of 64 bytes; throws when there is none left. */
  allocate(bytes: number): number;
  free(pointer: number): void;
}

/** Runs `use` with memory that is given back afterwards, also on failure. */
export function withMemory(host: KernelHost, bytes: number, use: (pointer: number) => void): void {
  const pointer = host.allocate(Math.max(bytes, 64));
  try {
    use(pointer);
  } finally {
    host.free(pointer);
  }
}

const ACTIVATIONS = { none: 0, relu: 1, relu6: 2, leakyRelu: 3 } as const;

/** What a kernel may apply to its result. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** Bias and activation, applied while the result is still in the cache. */
export interface Epilogue {
  /** Address of one float a column (output channel). */
  readonly bias?: number | undefined;
  /** Default "none". */
  readonly activation?: ActivationName | undefined;
  /** Slope of leakyRelu below zero; default 0.2. */
  readonly alpha?: number | undefined;
}

/** The three arguments by which every kernel takes an epilogue. */
export function epilogueArguments({ bias = 0, activation = "none", alpha = 0.2 }: Epilogue): [number, number, number] {
  return [bias, ACTIVATIONS[activation], alpha];
}

/** Work of one chunk, in multiply-adds: about 10 µs, against 1 µs to hand a chunk over. */
const CHUNK_WORK = 1 << 17;
/** Most chunks of a job; far below the limit of the runtime. */
const MAX_CHUNKS = 4096;

/**
 * Groups equal items into chunks. Depends on the shapes alone, never on the number of threads, and so do the results.
 * @param work multiply-adds (or an equivalent) of one item
 */
export function chunkItems(items: number, work: number): { perChunk: number; chunks: number } {
  const perChunk = Math.max(1, Math.ceil(items / MAX_CHUNKS), Math.floor(CHUNK_WORK / Math.max(work, 1)));
  return { perChunk, chunks: Math.ceil(items / perChunk) };
}

/** Rounds up to a multiple. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
