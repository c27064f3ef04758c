/** Where the words of the control page lie. All threads share it; words that threads wait for have a cache line (64 bytes) of their own. */
export const layout = {
  /** Epoch of the job << 16 | next chunk. A chunk is claimed by compare-exchange of this word. */
  ticket: 16,
  /** Chunks of the job that are finished. */
  done: 32,
  /** Workers that sleep on the ticket. */
  parked: 48,
  /** 1 while the owner sleeps on `done`. */
  ownerSleeps: 49,
  /** Counts the jobs: tells whether arguments that were read are still those of the job. */
  job: 64,
  /** Chunks of the job. */
  total: 65,
  /** Number of the kernel. */
  kernel: 66,
  /** Number of its arguments. */
  count: 67,
  /** Counts the times that the owner wanted workers to return to their event loops. */
  calls: 80,
  /** Polls of the ticket before a worker sleeps. */
  spin: 81,
  /** Length of the text of an error in a worker, 0 for none, -1 while it is written. */
  errorLength: 96,
  /** Its characters, one a word. */
  errorText: 112,
  /** Address of each thread's scratch; the owner is thread 0. */
  scratch: 512,
  /** Index, in float64, of the arguments. */
  argumentsFloat64: 512,
  /** What a closed ticket has for the next chunk: more than any total. */
  closed: 0xffff,
} as const;

/** Most characters of an error's text. */
export const errorCharacters = 200;
/** Most arguments of a kernel, beside chunk and scratch. */
export const mostArguments = 64;
/** Most threads of a runtime. */
export const mostThreads = 256;
/** Most chunks of a job. */
export const mostChunks: number = layout.closed - 1;
/** First byte behind the control page. */
export const firstFree = 65536;
