import type { Runtime } from "@ddl/simd";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/** Bytes of a plan of so many taps; planBytes of the assembly. */
export const planBytes = (taps: number): number => Math.ceil(taps / 4) * 128;

/**
 * Runs `use` with the address of the shapes as the kernels read them, `Shape` of the assembly; they are given back afterwards, also on
 * failure.
 */
export function withShape(runtime: Runtime, g: DeformConvGeometry, use: (shape: number) => void): void {
  const taps = g.kernelHeight * g.kernelWidth;
  const entries = Math.ceil((taps * g.offsetGroups) / 4) * 4;
  const zerosAt = 64;
  const rowsAt = zerosAt + g.inChannels * 4;
  const columnsAt = rowsAt + entries * 4;
  const { heap } = runtime;
  const shape = heap.allocate(columnsAt + entries * 4);
  try {
    heap
      .i32(shape, 16)
      .set([
        ...[g.inHeight, g.inWidth, g.inChannels, g.outHeight, g.outWidth, g.outChannels, taps, g.offsetGroups],
        ...[g.groups, g.strideY, g.strideX, g.padTop, g.padLeft, shape + zerosAt, shape + rowsAt, shape + columnsAt],
      ]);
    heap.f32(shape + zerosAt, g.inChannels).fill(0);
    const rows = heap.f32(shape + rowsAt, entries).fill(0);
    const columns = heap.f32(shape + columnsAt, entries).fill(0);
    for (let t = 0; t < taps * g.offsetGroups; t++) {
      rows[t] = Math.floor((t % taps) / g.kernelWidth) * g.dilationY;
      columns[t] = ((t % taps) % g.kernelWidth) * g.dilationX;
    }
    use(shape);
  } finally {
    heap.free(shape);
  }
}
