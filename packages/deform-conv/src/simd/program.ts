import type { Kernel, Runtime } from "@ddl/simd";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { BinPlan } from "../roi/bins.js";
import { channelsOfBin } from "../roi/bins.js";
import { withBins } from "./binLayout.js";
import { planBytes, withShape } from "./shape.js";
import { sliceOf } from "./slices.js";

const names = [
  "deformBinGradient",
  "deformBinSums",
  "deformForward",
  "deformGradients",
  "deformPackFilter",
  "deformPackTransposed",
  "deformPlan",
  "deformReduce",
  "deformZero",
] as const;

/** Constants of the assembly. */
const edgeBytes = 192;
const rowStride = 1088;
const columnsAtATime = 256;
const windowsOfAPlan = 64;
const floatsOfZeros = 1 << 16;
/** Channels of a bin that a thread owns. */
const channelsOfASlice = 32;

/** Addresses of what goes in; `mask` 0 is a mask of ones. */
interface Operands {
  filter: number;
  offset: number;
  mask: number;
}

/** Addresses of the gradients that are wanted; of the parameters all or none. */
export interface GradientAddresses {
  x?: number;
  parameters?: { filter: number; offset: number; mask: number };
}

const multipleOf6 = (value: number, most: number): number => Math.min(most, Math.max(6, Math.floor(value / 6) * 6));

/** The kernels of deformable convolution in a runtime's memory. */
export class DeformConvProgram {
  readonly #runtime: Runtime;
  readonly #kernels: Record<(typeof names)[number], Kernel>;

  private constructor(runtime: Runtime, kernels: Record<(typeof names)[number], Kernel>) {
    this.#runtime = runtime;
    this.#kernels = kernels;
  }

  /** @param relaxed whether products and sums are fused; the platform must have relaxed SIMD then */
  static async load(runtime: Runtime, relaxed: boolean): Promise<DeformConvProgram> {
    const { base64 } = relaxed ? await import("../generated/relaxed.js") : await import("../generated/plain.js");
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new DeformConvProgram(runtime, await runtime.loadKernels(bytes, names));
  }

  /** Working memory: the filter once, and 130 kB and the plan of at most 120 windows a thread. */
  forward(g: DeformConvGeometry, { x, filter, offset, mask, out }: Operands & { x: number; out: number }): void {
    const windows = g.batch * g.outHeight * g.outWidth;
    const taps = g.kernelHeight * g.kernelWidth;
    const perGroup = g.inChannels / g.groups;
    const panels = g.groups * Math.ceil(g.outChannels / g.groups / 8);
    const plan = planBytes(taps * g.offsetGroups);
    const whole = Math.floor(columnsAtATime / perGroup) * perGroup;
    const kBlock = whole === 0 ? columnsAtATime : whole;
    const block = Math.min(multipleOf6(2 ** 19 / plan, 120), multipleOf6(windows / 16, 120));
    const perChunk = block * Math.ceil(windows / block / 4096);
    withShape(this.#runtime, g, (shape) => {
      this.#withMemory(panels * taps * perGroup * 32, (packed) => {
        this.#run("deformPackFilter", panels, [shape, filter, packed]);
        const sizes = [kBlock, block, windows, perChunk];
        const scratch = edgeBytes + block * (rowStride + plan);
        const operands = [shape, x, packed, offset, mask, out];
        this.#run("deformForward", Math.ceil(windows / perChunk), [...operands, ...sizes], scratch);
      });
    });
  }

  /**
   * Windows are done in strips whose plans and parts take about a megabyte; a thread works on one slice of channels at a time. Working
   * memory besides: the filter once, and a block's samples and their slopes, at most a megabyte, a thread.
   */
  gradients(
    g: DeformConvGeometry,
    { x, filter, offset, mask, dy }: Operands & { x: number; dy: number },
    to: GradientAddresses,
  ): void {
    const windows = g.batch * g.outHeight * g.outWidth;
    const taps = g.kernelHeight * g.kernelWidth;
    const outputs = g.outChannels / g.groups;
    const slice = sliceOf(g);
    const slices = g.inChannels / slice;
    const width = taps * Math.ceil(slice / 8) * 8;
    const rowBytes = width * 4 + 64;
    const block = multipleOf6(2 ** 19 / (2 * rowBytes), 48);
    const plan = planBytes(taps * g.offsetGroups);
    const part = to.parameters === undefined ? 0 : slices * taps * 12;
    const strip = Math.min(windows, block * Math.ceil(Math.min(960, 2 ** 20 / (plan + part)) / block));
    const scratch = edgeBytes + Math.ceil(slice / 16) * 64 + 2 * block * rowBytes + Math.ceil(outputs / 8) * block * 32;
    if (to.x !== undefined) {
      this.#zero(to.x, g.batch * g.inHeight * g.inWidth * g.inChannels);
    }
    withShape(this.#runtime, g, (shape) => {
      this.#withMemory(slices * width * outputs * 4, (packed) => {
        this.#run("deformPackTransposed", slices, [shape, filter, packed, slice]);
        this.#withMemory(strip * (plan + part), (plans) => {
          const parts = plans + strip * plan;
          for (let first = 0; first < windows; first += strip) {
            const count = Math.min(strip, windows - first);
            const planChunks = Math.ceil(count / windowsOfAPlan);
            this.#run("deformPlan", planChunks, [shape, offset, mask, plans, first, count]);
            const outputsOf = [to.x ?? 0, to.parameters?.filter ?? 0, parts];
            const sizes = [slice, first, count, block];
            this.#run("deformGradients", slices, [shape, x, packed, plans, dy, ...outputsOf, ...sizes], scratch);
            if (to.parameters === undefined) continue;
            const results = [to.parameters.offset, to.parameters.mask];
            this.#run("deformReduce", planChunks, [shape, parts, mask, ...results, slices, first, count]);
          }
        });
      });
    });
  }

  /** Working memory: four numbers a bin, and the pixels and weights of each RoI's rows and columns. */
  binSums(plan: BinPlan, x: number, out: number): void {
    withBins(this.#runtime, plan, (words) => {
      const perChunk = Math.ceil(plan.bins.length / 1024);
      const sizes = [plan.bins.length, perChunk];
      this.#run("deformBinSums", Math.ceil(plan.bins.length / perChunk), [
        x,
        ...words.slice(0, 2),
        out,
        ...words.slice(2),
        ...sizes,
      ]);
    });
  }

  /** The adjoint of {@link binSums}, with the same memory. */
  binGradient(plan: BinPlan, dy: number, x: number): void {
    this.#zero(
      x,
      plan.image.reduce((a, b) => a * b),
    );
    withBins(this.#runtime, plan, (words) => {
      const slices = Math.ceil(channelsOfBin(plan) / channelsOfASlice);
      const sizes = [plan.bins.length, channelsOfASlice];
      this.#run("deformBinGradient", slices, [x, ...words.slice(0, 2), dy, ...words.slice(2), ...sizes]);
    });
  }

  #zero(address: number, length: number): void {
    this.#run("deformZero", Math.ceil(length / floatsOfZeros), [address, length]);
  }

  #run(name: (typeof names)[number], chunks: number, words: number[], scratchBytes = 0): void {
    this.#runtime.parallelFor(this.#kernels[name], chunks, words, { scratchBytes });
  }

  #withMemory(bytes: number, use: (address: number) => void): void {
    const address = this.#runtime.heap.allocate(bytes);
    try {
      use(address);
    } finally {
      this.#runtime.heap.free(address);
    }
  }
}
