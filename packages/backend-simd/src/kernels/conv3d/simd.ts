import { type Axis, axisArguments, type Phase, phaseOf } from "../axes.js";
import { type Conv2dShape, conv2d, conv2dFilterGradient, conv2dInputGradient } from "../conv2d/simd.js";
import { BLOCK_ROW_BYTES, EDGE_BYTES, sumPartials } from "../gemm/simd.js";
import { chunkItems, type KernelHost, roundUp, withMemory } from "../kernelHost.js";
import { packColumns, packedBytes } from "../matMul/simd.js";

/** Sizes of a 3-D convolution, one group; volume NDHWC, filter (planes, rows, columns, channels, outChannels). */
export interface Conv3dShape extends Conv2dShape {
  readonly planes: number;
  readonly filterPlanes: number;
  readonly outPlanes: number;
  readonly strideDepth: number;
  readonly dilationDepth: number;
  /** Zeros before the first plane. */
  readonly padFront: number;
}

/** Addresses in bytes. */
export interface Conv3dArguments {
  readonly shape: Conv3dShape;
  readonly input: number;
  readonly filter: number;
  /** (batch, outPlanes, outRows, outColumns, outChannels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface Conv3dInputGradientArguments {
  readonly shape: Conv3dShape;
  /** Gradient of the output. */
  readonly gradient: number;
  readonly filter: number;
  /** (batch, planes, rows, columns, channels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface Conv3dFilterGradientArguments {
  readonly shape: Conv3dShape;
  readonly input: number;
  /** Gradient of the output. */
  readonly gradient: number;
  /** (filterPlanes, filterRows, filterColumns, channels, outChannels). */
  readonly out: number;
}

/** A set of outputs that the kernel `convolve3d` makes; strides in bytes. */
interface Grid {
  readonly volume: number;
  readonly planes: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly packed: number;
  readonly batch: number;
  readonly out: number;
  readonly outChannels: number;
  readonly gridPlanes: number;
  readonly gridRows: number;
  readonly gridColumns: number;
  /** Planes, rows, columns. */
  readonly axes: readonly [Axis, Axis, Axis];
  /** Volume, plane, row, voxel. */
  readonly outStrides: readonly [number, number, number, number];
}

/** Most elements of a patch, and most patches, copied at a time: together 130 kB of second-level cache. */
const PATCH_BLOCK = 256;
const VOXEL_BLOCK = 120;
/** Bound of a thread's scratch. */
const SCRATCH_LIMIT = 1_000_000;
/** Chunks wanted of a small job: enough for several threads to finish together. */
const WANTED_CHUNKS = 16;

/** out = conv3d(input, filter), any stride, dilation, padding. Working memory: the filter once. */
export function conv3d(host: KernelHost, { shape, input, filter, out }: Conv3dArguments): void {
  const { batch, planes, rows, columns, channels, outPlanes, outRows, outColumns, outChannels } = shape;
  if (batch * outPlanes * outRows * outColumns * outChannels === 0) return;
  const planar = planarOf(shape);
  if (planar !== undefined) {
    conv2d(host, { shape: planar, input, filter, out });
    return;
  }
  const inner = shape.filterPlanes * shape.filterRows * shape.filterColumns * channels;
  withMemory(host, packedBytes(outChannels, inner), (packed) => {
    packColumns(host, { b: filter, packed, columns: outChannels, inner, transpose: false, entries: 1, batchStride: 0 });
    const voxel = outChannels * 4;
    const row = outColumns * voxel;
    convolve(host, {
      volume: input,
      ...{ planes, rows, columns, channels, packed, batch, out, outChannels },
      gridPlanes: outPlanes,
      gridRows: outRows,
      gridColumns: outColumns,
      axes: forwardAxes(shape),
      outStrides: [outPlanes * outRows * row, outRows * row, row, voxel],
    });
  });
}

/**
 * Gradient with respect to the input: as in conv2d, a convolution of the output gradient for each phase of the strides.
 * Working memory: the filter once.
 */
export function conv3dInputGradient(host: KernelHost, args: Conv3dInputGradientArguments): void {
  const { shape, gradient, filter, out } = args;
  const { batch, planes, rows, columns, channels, outChannels, strideDepth, strideRows, strideColumns } = shape;
  if (batch * planes * rows * columns * channels === 0) return;
  const planar = planarOf(shape);
  if (planar !== undefined) {
    conv2dInputGradient(host, { shape: planar, gradient, filter, out });
    return;
  }
  const inner = shape.filterPlanes * shape.filterRows * shape.filterColumns * outChannels;
  const voxel = channels * 4;
  const row = columns * voxel;
  withMemory(host, packedBytes(channels, inner), (packed) => {
    for (const phases of phasesOf(shape)) {
      const [plane, phaseRow, phaseColumn] = phases;
      packPhase(host, shape, filter, packed, phases);
      convolve(host, {
        volume: gradient,
        planes: shape.outPlanes,
        rows: shape.outRows,
        columns: shape.outColumns,
        channels: outChannels,
        packed,
        batch,
        out: out + (plane.phase * rows + phaseRow.phase) * row + phaseColumn.phase * voxel,
        outChannels: channels,
        gridPlanes: Math.ceil((planes - plane.phase) / strideDepth),
        gridRows: Math.ceil((rows - phaseRow.phase) / strideRows),
        gridColumns: Math.ceil((columns - phaseColumn.phase) / strideColumns),
        axes: [plane.axis, phaseRow.axis, phaseColumn.axis],
        outStrides: [planes * rows * row, strideDepth * rows * row, strideRows * row, strideColumns * voxel],
      });
    }
  });
}

/**
 * Gradient with respect to the filter: as in conv2d, groups of voxels, whose number depends on the shape alone, are summed
 * apart and then added in order. Working memory: the filter up to 16 times.
 */
export function conv3dFilterGradient(host: KernelHost, args: Conv3dFilterGradientArguments): void {
  const { shape, input, gradient, out } = args;
  const { batch, planes, rows, columns, channels, outPlanes, outRows, outColumns, outChannels } = shape;
  const planar = planarOf(shape);
  if (planar !== undefined) {
    conv2dFilterGradient(host, { shape: planar, input, gradient, out });
    return;
  }
  const inner = shape.filterPlanes * shape.filterRows * shape.filterColumns * channels;
  const length = inner * outChannels;
  if (length === 0) return;
  const total = batch * outPlanes * outRows * outColumns;
  const perBlock = balancedBlock(inner, 6, PATCH_BLOCK - (PATCH_BLOCK % 6));
  const blocks = Math.ceil(inner / perBlock);
  // A group costs as much as a few voxels more, for its sums are stored and read again: no group below 120 voxels.
  const wantedGroups = Math.min(Math.ceil(WANTED_CHUNKS / blocks), Math.ceil(total / VOXEL_BLOCK));
  const perGroup = Math.ceil(total / Math.max(1, wantedGroups));
  const groups = Math.max(1, Math.ceil(total / Math.max(1, perGroup)));
  const stride = roundUp(length * 4, 64);
  const voxelBytes = BLOCK_ROW_BYTES + roundUp(outChannels, 8) * 4;
  const block = voxelBlock(Math.max(total, 1), voxelBytes);
  const run = (partials: number) =>
    host.parallelFor(
      "convolve3dFilterGradient",
      groups * blocks,
      [
        ...[input, planes, rows, columns, channels, gradient, outChannels, outPlanes, outRows, outColumns],
        ...forwardAxes(shape).flatMap(axisArguments),
        ...[partials, stride, perBlock, blocks, block, total, perGroup],
      ],
      EDGE_BYTES + block * voxelBytes,
    );
  if (groups === 1) {
    run(out);
    return;
  }
  withMemory(host, groups * stride, (partials) => {
    run(partials);
    sumPartials(host, { partials, count: groups, stride, out, length });
  });
}

/** The same as a convolution of single planes, or `undefined` if the filter reaches across them. */
export function planarOf(shape: Conv3dShape): Conv2dShape | undefined {
  const { planes, filterPlanes, outPlanes, strideDepth, padFront } = shape;
  if (filterPlanes !== 1 || strideDepth !== 1 || padFront !== 0 || outPlanes !== planes) return undefined;
  return { ...shape, batch: shape.batch * planes };
}

function forwardAxes(shape: Conv3dShape): [Axis, Axis, Axis] {
  const axis = (taps: number, pad: number, tapStep: number, step: number): Axis => ({
    taps,
    offset: -pad,
    tapStep,
    step,
  });
  return [
    axis(shape.filterPlanes, shape.padFront, shape.dilationDepth, shape.strideDepth),
    axis(shape.filterRows, shape.padTop, shape.dilationRows, shape.strideRows),
    axis(shape.filterColumns, shape.padLeft, shape.dilationColumns, shape.strideColumns),
  ];
}

/** A phase and its number. */
type NumberedPhase = Phase & { readonly phase: number };

/** Every combination of the phases of planes, rows and columns. */
function phasesOf(shape: Conv3dShape): [NumberedPhase, NumberedPhase, NumberedPhase][] {
  const along = (size: number, taps: number, stride: number, dilation: number, pad: number): NumberedPhase[] =>
    Array.from({ length: Math.min(stride, size) }, (_, phase) => ({
      phase,
      ...phaseOf(phase, taps, stride, dilation, pad),
    }));
  const { planes, rows, columns, filterPlanes, filterRows, filterColumns } = shape;
  const ofPlanes = along(planes, filterPlanes, shape.strideDepth, shape.dilationDepth, shape.padFront);
  const ofRows = along(rows, filterRows, shape.strideRows, shape.dilationRows, shape.padTop);
  const ofColumns = along(columns, filterColumns, shape.strideColumns, shape.dilationColumns, shape.padLeft);
  return ofPlanes.flatMap((plane) =>
    ofRows.flatMap((row) =>
      ofColumns.map((column): [NumberedPhase, NumberedPhase, NumberedPhase] => [plane, row, column]),
    ),
  );
}

/** Packs the part of the filter that a phase of the input gradient uses, as (tap, output channel) by input channel. */
function packPhase(
  host: KernelHost,
  { filterRows, filterColumns, channels, outChannels }: Conv3dShape,
  filter: number,
  packed: number,
  phases: readonly Phase[],
): void {
  const items = phases.reduce((product, { axis }) => product * axis.taps, Math.ceil(channels / 8));
  if (items * outChannels === 0) return;
  const { perChunk, chunks } = chunkItems(items, outChannels * 8);
  host.parallelFor("convolve3dPackInputGradient", chunks, [
    ...[filter, filterRows, filterColumns, channels, outChannels],
    ...phases.flatMap(({ axis, first, step }) => [axis.taps, first, step]),
    ...[packed, items, perChunk],
  ]);
}

/** Equal parts, so that none is so short that loading and storing the sums costs more than making them. */
function balancedBlock(length: number, multiple: number, most: number): number {
  const blocks = Math.max(1, Math.ceil(length / most));
  return Math.max(1, Math.min(most, roundUp(Math.ceil(length / blocks), multiple)));
}

/** Voxels of a block: a multiple of the tile's 6 rows, fewer when there are few voxels or each needs much scratch. */
function voxelBlock(total: number, bytes: number): number {
  const fitting = Math.max(6, Math.floor(SCRATCH_LIMIT / bytes / 6) * 6);
  return Math.min(VOXEL_BLOCK, fitting, Math.max(24, roundUp(Math.ceil(total / WANTED_CHUNKS), 6)));
}

function convolve(host: KernelHost, grid: Grid): void {
  const { channels, outChannels, batch, gridPlanes, gridRows, gridColumns, axes, outStrides } = grid;
  const total = batch * gridPlanes * gridRows * gridColumns;
  const inner = axes.reduce((product, { taps }) => product * taps, channels);
  // Outputs that do not lie side by side are made in scratch.
  const dense = outStrides[0] === gridPlanes * gridRows * gridColumns * outChannels * 4;
  const voxelBytes = BLOCK_ROW_BYTES + (dense ? 0 : outChannels * 4);
  const block = voxelBlock(total, voxelBytes);
  const { perChunk, chunks } = chunkItems(Math.ceil(total / block), block * inner * outChannels);
  host.parallelFor(
    "convolve3d",
    chunks,
    [
      ...[grid.volume, grid.planes, grid.rows, grid.columns, channels, grid.packed, grid.out, outChannels],
      ...[gridPlanes, gridRows, gridColumns],
      ...axes.flatMap(axisArguments),
      ...outStrides,
      ...[balancedBlock(inner, 4, PATCH_BLOCK), block, total, perChunk * block],
    ],
    EDGE_BYTES + block * voxelBytes,
  );
}
