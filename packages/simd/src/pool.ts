import { BackendError } from "@ddl/core";
import type { ControlPage, KernelFunction } from "./claimChunks.js";
import { claimChunks } from "./claimChunks.js";
import { layout } from "./layout.js";
import type { WorkerAnswer } from "./messages.js";
import type { Thread } from "./startThread.js";
import { isNode, startThread } from "./startThread.js";

/** How a {@link ThreadPool} behaves. */
export interface PoolOptions {
  /** Workers beside the owner. */
  workers: number;
  /** Milliseconds a worker may take for its start. */
  startTimeout: number;
  /** Milliseconds without a finished chunk after which the owner gives a job up. */
  stallTimeout: number;
  /** Polls before a worker sleeps. */
  spin: number;
  workerUrl?: string | URL | undefined;
}

interface Member {
  thread: Thread;
  /** Resolves with the next answer. */
  next: { resolve: (answer: WorkerAnswer) => void; reject: (error: Error) => void } | undefined;
}

/** Polls of the owner before it sleeps; a poll takes about 10 ns. */
const ownerSpin = 50_000;

/** Milliseconds that it takes to wake a worker, and a little more. */
const wakeMilliseconds = 0.05;

/** The worker threads of a runtime, and the owner's part of a job. */
export class ThreadPool {
  readonly #page: ControlPage;
  readonly #options: PoolOptions;
  readonly #members: Member[] = [];
  /** The owner's instances of all kernels, by number. */
  readonly kernels: KernelFunction[] = [];
  /** What a chunk of a kernel took the caller when workers had to be woken last; by the kernel's number. */
  readonly #chunkMilliseconds: number[] = [];
  #epoch = 0;
  #lost: string | undefined;
  #closing = false;

  constructor(page: ControlPage, options: PoolOptions) {
    this.#page = page;
    this.#options = options;
    page.words[layout.ticket] = layout.closed;
    page.words[layout.spin] = options.spin;
  }

  /** Number of threads that take part in a job, the owner among them. */
  get threads(): number {
    return 1 + this.#members.length;
  }

  /** Why the workers are gone; undefined while all is well. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Starts the workers. If one fails, none is used, and `lost` tells why. */
  async start(memory: WebAssembly.Memory): Promise<void> {
    try {
      for (let k = 1; k <= this.#options.workers; k++) this.#members.push(await this.#startMember());
      if (this.#lost !== undefined) throw new Error(this.#lost);
      await Promise.all(
        this.#members.map(async (member, k) => {
          member.thread.post({ kind: "start", memory, thread: k + 1 });
          await this.#run(member);
        }),
      );
    } catch (error) {
      this.#lose((error as Error).message);
    }
  }

  async #startMember(): Promise<Member> {
    let member: Member | undefined;
    const thread = await startThread(
      {
        answered: (answer) => {
          const next = member?.next;
          if (member !== undefined) member.next = undefined;
          if (answer.kind === "failed") next?.reject(new Error(answer.reason));
          else next?.resolve(answer);
        },
        ended: (reason) => {
          member?.next?.reject(new Error(reason));
          this.#lose(reason);
        },
      },
      this.#options.workerUrl,
    );
    member = { thread, next: undefined };
    return member;
  }

  /** Gives every worker a module, whose kernels get the next numbers. A worker that cannot take it ends them all. */
  async load(module: WebAssembly.Module, names: readonly string[]): Promise<void> {
    if (this.#members.length === 0) return;
    const { words } = this.#page;
    // Workers that poll or sleep do not hear messages: call them back to their event loops.
    Atomics.add(words, layout.calls, 1);
    this.#open(layout.closed);
    Atomics.notify(words, layout.ticket);
    try {
      await Promise.all(
        this.#members.map(async (member) => {
          const loaded = this.#answer(member);
          member.thread.post({ kind: "load", module, names });
          await loaded;
          await this.#run(member);
        }),
      );
    } catch (error) {
      this.#lose((error as Error).message);
    }
  }

  async #run(member: Member): Promise<void> {
    const ready = this.#answer(member);
    member.thread.post({ kind: "run" });
    await ready;
    member.thread.keepAlive(false);
  }

  #answer(member: Member): Promise<WorkerAnswer> {
    member.thread.keepAlive(true);
    return new Promise((resolve, reject) => {
      const { startTimeout } = this.#options;
      const late = (): void => reject(new Error(`a worker did not answer within ${startTimeout} ms`));
      const timer = setTimeout(late, startTimeout);
      member.next = {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  /**
   * Runs a job, the calling thread taking part, and returns when all chunks are done.
   * @throws BackendError for an error inside a kernel, and if a worker that claimed a chunk does not finish it
   */
  run(kernel: number, chunks: number, words: readonly number[], scratch: readonly number[]): void {
    if (chunks === 1 || this.#members.length === 0) {
      this.#runInline(kernel, chunks, words, scratch[0]!);
      return;
    }
    const control = this.#page.words;
    // The ticket is closed since the last job's end: nobody can claim while this is written.
    for (let k = 0; k < words.length; k++) this.#page.numbers[layout.argumentsFloat64 + k] = words[k]!;
    for (let k = 0; k < scratch.length; k++) control[layout.scratch + k] = scratch[k]!;
    control[layout.kernel] = kernel;
    control[layout.count] = words.length;
    control[layout.total] = chunks;
    control[layout.job] = control[layout.job]! + 1;
    control[layout.errorLength] = 0;
    Atomics.store(control, layout.done, 0);
    this.#open(0);
    try {
      if (Atomics.load(control, layout.parked) > 0) this.#wake(kernel, chunks);
      else claimChunks(this.#page, this.kernels, 0, this.#epoch, chunks);
      this.#waitForAll(chunks);
    } finally {
      Atomics.store(control, layout.ticket, (this.#epoch << 16) | layout.closed);
    }
    if (control[layout.errorLength] !== 0) throw this.#kernelError();
  }

  /**
   * Wakes sleeping workers, unless the kernel's chunks were so short the last time that the caller is done before. It then runs the first
   * ones itself and looks at the clock, should they take longer now.
   */
  #wake(kernel: number, chunks: number): void {
    const began = performance.now();
    let ran = 0;
    let left = (this.#chunkMilliseconds[kernel] ?? Number.POSITIVE_INFINITY) * chunks;
    while (left <= wakeMilliseconds && claimChunks(this.#page, this.kernels, 0, this.#epoch, 1) === 1) {
      ran++;
      left = ((performance.now() - began) / ran) * (chunks - ran);
    }
    if (left > wakeMilliseconds) Atomics.notify(this.#page.words, layout.ticket);
    const rest = performance.now();
    ran = claimChunks(this.#page, this.kernels, 0, this.#epoch, chunks);
    if (ran > 0) this.#chunkMilliseconds[kernel] = (performance.now() - rest) / ran;
  }

  /** A ticket of the next epoch. */
  #open(firstChunk: number): void {
    this.#epoch = (this.#epoch + 1) & 0xffff;
    Atomics.store(this.#page.words, layout.ticket, (this.#epoch << 16) | firstChunk);
  }

  #runInline(kernel: number, chunks: number, words: readonly number[], scratch: number): void {
    const call = [...words, 0, scratch];
    const run = this.kernels[kernel]!;
    for (let chunk = 0; chunk < chunks; chunk++) {
      call[words.length] = chunk;
      try {
        run(...call);
      } catch (cause) {
        throw new BackendError(`parallelFor: a kernel failed in chunk ${chunk}: ${(cause as Error).message}.`, {
          cause,
        });
      }
    }
  }

  #waitForAll(chunks: number): void {
    const { words } = this.#page;
    for (let polls = 0; polls < ownerSpin; polls++) if (Atomics.load(words, layout.done) === chunks) return;
    // The last chunks are in the workers' hands. Sleeping frees a processor that one of them may need.
    let progress = performance.now();
    let last = -1;
    for (;;) {
      const done = Atomics.load(words, layout.done);
      if (done === chunks) return;
      if (done !== last) {
        last = done;
        progress = performance.now();
      } else if (performance.now() - progress > this.#options.stallTimeout) {
        this.#lose("a worker did not finish its part of a job");
        const waited = `${this.#options.stallTimeout} ms`;
        throw new BackendError(
          `parallelFor: a worker claimed a chunk and did not finish it within ${waited}; it may have been ended. ` +
            "The result is incomplete. From now on one thread computes.",
        );
      }
      if (!mayBlock()) continue;
      Atomics.store(words, layout.ownerSleeps, 1);
      Atomics.wait(words, layout.done, done, 20);
      Atomics.store(words, layout.ownerSleeps, 0);
    }
  }

  #kernelError(): BackendError {
    const { words } = this.#page;
    const length = words[layout.errorLength]!;
    const text = String.fromCharCode(...words.subarray(layout.errorText, layout.errorText + length));
    return new BackendError(`parallelFor: a kernel failed in ${text}.`);
  }

  /** Goes on without workers. */
  #lose(reason: string): void {
    if (this.#closing) return;
    this.#lost ??= reason;
    void this.#endAll();
  }

  async #endAll(): Promise<void> {
    const members = this.#members.splice(0);
    for (const { next } of members) next?.reject(new Error("the workers were ended"));
    await Promise.all(members.map(({ thread }) => thread.end()));
  }

  /** Ends the workers; jobs go on with the owner alone. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#endAll();
  }
}

/** Whether this thread may sleep: a page's main thread must not. */
function mayBlock(): boolean {
  return isNode() || typeof (globalThis as { document?: unknown }).document === "undefined";
}
