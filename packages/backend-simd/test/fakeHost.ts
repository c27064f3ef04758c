import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { expect } from "vitest";
import type { KernelHost } from "../src/kernels/kernelHost.js";

// Node 20 knows relaxed SIMD behind a flag, later versions without.
setFlagsFromString("--experimental-wasm-relaxed-simd");

/** The two builds of the kernels. */
export const BUILDS = ["plain", "relaxed"] as const;

const SCRATCH = 1 << 20;
const SCRATCH_BYTES = 4 << 20;
const HEAP = SCRATCH + SCRATCH_BYTES + 65536;
const CANARY = 256;
const CANARY_VALUE = 0xa5;
/** A NaN that no kernel makes. */
const JUNK = 0xff;

/** What tensors hold. */
export type Values = Float32Array | Int32Array | Uint8Array;
type Kernel = (...args: number[]) => void;

/** Park–Miller: the tests' data are the same in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Normally distributed floats. */
export function normalValues(length: number, random: () => number, mean = 0, sigma = 1): Float32Array {
  return Float32Array.from({ length }, () => {
    const radius = Math.sqrt(-2 * Math.log(random()));
    return mean + sigma * radius * Math.cos(2 * Math.PI * random());
  });
}

/** One thread that takes the chunks in a random order, with NaN in its scratch and in what it allocates. */
class FakeHost implements KernelHost {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly calls: string[] = [];
  readonly #kernels: WebAssembly.Exports;
  readonly #random: () => number;
  readonly #live = new Map<number, number>();
  #top = HEAP;

  constructor(build: string, seed: number) {
    const memory = new WebAssembly.Memory({ initial: 2048, maximum: 65536, shared: true });
    const module = new WebAssembly.Module(readFileSync(wasmPath(build)));
    this.bytes = new Uint8Array(memory.buffer as unknown as SharedArrayBuffer);
    this.#kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
    this.#random = randomFrom(seed);
  }

  parallelFor(kernel: string, chunks: number, args: readonly number[], scratchBytes = 0): void {
    const run = this.#kernels[kernel] as Kernel | undefined;
    if (run === undefined) throw new Error(`No kernel is named ${kernel}.`);
    expect(run.length, `arguments of ${kernel}`).toBe(args.length + 2);
    expect(args.length).toBeLessThanOrEqual(64);
    expect(Number.isInteger(chunks) && chunks >= 1 && chunks <= 65534, `chunks of ${kernel}: ${chunks}`).toBe(true);
    expect(scratchBytes).toBeLessThanOrEqual(SCRATCH_BYTES);
    this.calls.push(kernel);
    const order = Array.from({ length: chunks }, (_, chunk) => chunk);
    for (let i = chunks - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    const end = SCRATCH + scratchBytes;
    this.bytes.fill(CANARY_VALUE, SCRATCH - CANARY, SCRATCH);
    this.bytes.fill(CANARY_VALUE, end, end + CANARY);
    for (const chunk of order) {
      this.bytes.fill(JUNK, SCRATCH, end);
      run(...args, chunk, SCRATCH);
      this.#expectCanary(SCRATCH - CANARY, `before the scratch of ${kernel}`);
      this.#expectCanary(end, `after the scratch of ${kernel}`);
    }
  }

  allocate(bytes: number): number {
    const pointer = this.#top + CANARY;
    const end = pointer + bytes;
    this.#top = Math.ceil((end + CANARY) / 64) * 64;
    if (this.#top > this.bytes.length) throw new Error("out of memory");
    this.#live.set(pointer, bytes);
    this.bytes.fill(CANARY_VALUE, pointer - CANARY, pointer);
    this.bytes.fill(JUNK, pointer, end);
    this.bytes.fill(CANARY_VALUE, end, end + CANARY);
    return pointer;
  }

  free(pointer: number): void {
    const bytes = this.#live.get(pointer);
    if (bytes === undefined) throw new Error("freed twice");
    this.#live.delete(pointer);
    this.#expectCanary(pointer - CANARY, "before an allocation");
    this.#expectCanary(pointer + bytes, "after an allocation");
    if (this.#live.size === 0) this.#top = HEAP;
  }

  get blocks(): number {
    return this.#live.size;
  }

  /** Gives everything back without looking at it, after a failure. */
  reset(): void {
    this.#live.clear();
    this.#top = HEAP;
  }

  #expectCanary(start: number, place: string): void {
    for (let k = start; k < start + CANARY; k++) {
      if (this.bytes[k] !== CANARY_VALUE) throw new Error(`Overwritten ${place}, at byte ${k - start}.`);
    }
  }
}

function wasmPath(build: string): string {
  const folder = process.env["DDL_KERNELS"] ?? fileURLToPath(new URL("../build", import.meta.url));
  return `${folder}/${build}.wasm`;
}

const hosts = new Map<string, FakeHost>();

/** Builds the kernels if they are not there. */
export async function prepareKernels(): Promise<void> {
  if (BUILDS.every((build) => existsSync(wasmPath(build)))) return;
  const { buildKernels } = await import("../scripts/build-kernels.mjs");
  await buildKernels();
}

/** What a run is given and gives back. */
interface Run<Outputs extends readonly Values[]> {
  readonly inputs?: readonly Values[];
  /** Indices of the inputs that the kernel may change: they are returned behind the outputs. */
  readonly changed?: readonly number[];
  /** Templates of the outputs: their types and lengths count. */
  readonly outputs: Outputs;
  readonly use: (host: KernelHost, inputs: number[], outputs: number[]) => void;
}

/**
 * Runs kernels twice on copies of the inputs, with different orders of the chunks: the bits must be the same, the inputs and
 * everything around all blocks untouched, and all working memory given back.
 */
export function runKernels(
  build: string,
  { inputs = [], changed = [], outputs, use }: Run<readonly Values[]>,
): Values[] {
  const results = [11, 12].map((seed) => {
    const key = `${build}${seed}`;
    const host = hosts.get(key) ?? new FakeHost(build, seed);
    hosts.set(key, host);
    try {
      const from = inputs.map((values) => {
        const pointer = host.allocate(values.byteLength);
        host.bytes.set(bytesOf(values), pointer);
        return pointer;
      });
      const to = outputs.map((values) => host.allocate(values.byteLength));
      use(host, from, to);
      expect(host.blocks, "blocks in use").toBe(inputs.length + outputs.length);
      inputs.forEach((values, index) => {
        const found = read(host, from[index]!, values);
        if (!changed.includes(index)) expect(Buffer.compare(bytesOf(found), bytesOf(values)), "input changed").toBe(0);
      });
      const found = [
        ...outputs.map((values, index) => read(host, to[index]!, values)),
        ...changed.map((index) => read(host, from[index]!, inputs[index]!)),
      ];
      for (const pointer of [...from, ...to]) host.free(pointer);
      return found;
    } finally {
      host.reset();
    }
  });
  results[0]!.forEach((values, index) => {
    expect(Buffer.compare(bytesOf(values), bytesOf(results[1]![index]!)), "other bits in another order").toBe(0);
  });
  return results[0]!;
}

/** The kernels that `use` calls, in their order. */
export function kernelCalls(build: string, run: Omit<Run<readonly Values[]>, "changed">): string[] {
  const host = hosts.get(`${build}11`);
  const before = host?.calls.length ?? 0;
  runKernels(build, run);
  return hosts.get(`${build}11`)!.calls.slice(before);
}

function bytesOf(values: Values): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function read(host: FakeHost, pointer: number, like: Values): Values {
  const bytes = host.bytes.slice(pointer, pointer + like.byteLength);
  const Type = like.constructor as new (buffer: ArrayBufferLike) => Values;
  return new Type(bytes.buffer);
}

/** Every value is the same as expected: NaN for NaN, and zero with its sign. */
export function expectSame(found: ArrayLike<number>, expected: ArrayLike<number>, what = ""): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < found.length; k++) {
    if (!Object.is(found[k], expected[k])) {
      throw new Error(`${what} [${k}] must be ${expected[k]}; received ${found[k]}.`);
    }
  }
}

/**
 * Every value is near: the same if not finite, else to `relative` of the expected value or `absolute`.
 * @returns the largest relative error of a normal number
 */
export function expectNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  absolute = 1.5e-45,
  what = "",
): number {
  expect(found.length).toBe(expected.length);
  let worst = 0;
  for (let k = 0; k < found.length; k++) {
    const [value, wanted] = [found[k]!, expected[k]!];
    const difference = Math.abs(value - wanted);
    const rounded = Math.fround(wanted);
    const same = Object.is(value, rounded) || value === rounded;
    if (!same && !(difference <= Math.max(absolute, relative * Math.abs(wanted)))) {
      throw new Error(
        `${what} [${k}] must be near ${wanted}; received ${value} (relative ${difference / Math.abs(wanted)}).`,
      );
    }
    if (!same && Math.abs(wanted) > 1.2e-38) worst = Math.max(worst, difference / Math.abs(wanted));
  }
  return worst;
}
