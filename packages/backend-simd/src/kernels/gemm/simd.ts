import { chunkItems, type KernelHost } from "../kernelHost.js";

/** Scratch for results with fewer than 8 columns; EDGE_BYTES of the assembly. */
export const EDGE_BYTES: number = 192;
/** Scratch for a row of a copied block of A; ROW_STRIDE of the assembly. */
export const BLOCK_ROW_BYTES: number = 1088;

/** Partial results, `stride` bytes apart, and where their sum goes. */
interface SumArguments {
  readonly partials: number;
  readonly count: number;
  readonly stride: number;
  readonly out: number;
  readonly length: number;
}

/** Adds partial results in their order. */
export function sumPartials(host: KernelHost, { partials, count, stride, out, length }: SumArguments): void {
  const groups = Math.ceil(length / 64);
  const { perChunk, chunks } = chunkItems(groups, 64 * count);
  host.parallelFor("sumPartials", chunks, [partials, count, stride, out, length, perChunk * 64]);
}
