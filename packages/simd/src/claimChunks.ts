import { errorCharacters, layout } from "./layout.js";

/** A kernel as an instance exports it: `(...arguments, chunk, scratch)`. */
export type KernelFunction = (...words: number[]) => void;

/** The control page of a runtime, as one thread sees it. */
export interface ControlPage {
  words: Int32Array;
  /** The same bytes, for the arguments. */
  numbers: Float64Array;
}

/**
 * Claims chunks of the job of an epoch and runs them, until none is left or the job is another.
 *
 * The ticket holds epoch and next chunk in one word, and a chunk is claimed by exchanging that very word: whoever comes late, with the
 * ticket of an older job in hand, fails to exchange it. While a claim holds, its job cannot end, so that its arguments are read only
 * behind a claim. The epoch has 16 bits; should a thread sleep through exactly 65,536 jobs, the count of jobs tells them apart.
 *
 * @param most chunks after which to return
 * @returns how many were run
 */
export function claimChunks(
  page: ControlPage,
  kernels: readonly KernelFunction[],
  thread: number,
  epoch: number,
  most: number,
): number {
  const { words, numbers } = page;
  const call: number[] = [];
  let job = 0;
  let known = false;
  for (let ran = 0; ; ran++) {
    const ticket = Atomics.load(words, layout.ticket);
    const chunk = ticket & 0xffff;
    if (ran === most || ticket >>> 16 !== epoch || chunk >= words[layout.total]!) return ran;
    if (Atomics.compareExchange(words, layout.ticket, ticket, ticket + 1) !== ticket) {
      ran--;
      continue;
    }
    const count = words[layout.count]!;
    if (!known || job !== words[layout.job]) {
      known = true;
      job = words[layout.job]!;
      call.length = count + 2;
      for (let k = 0; k < count; k++) call[k] = numbers[layout.argumentsFloat64 + k]!;
      call[count + 1] = words[layout.scratch + thread]! >>> 0;
    }
    call[count] = chunk;
    try {
      kernels[words[layout.kernel]!]!(...call);
    } catch (error) {
      // The first error is kept; the others are of the same job.
      if (Atomics.compareExchange(words, layout.errorLength, 0, -1) === 0) {
        const text = `chunk ${chunk}: ${error instanceof Error ? error.message : String(error)}`.slice(
          0,
          errorCharacters,
        );
        for (let k = 0; k < text.length; k++) words[layout.errorText + k] = text.charCodeAt(k);
        Atomics.store(words, layout.errorLength, text.length);
      }
    }
    const done = Atomics.add(words, layout.done, 1) + 1;
    if (done === words[layout.total] && Atomics.load(words, layout.ownerSleeps) === 1) {
      Atomics.notify(words, layout.done);
    }
  }
}
