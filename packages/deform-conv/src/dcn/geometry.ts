import { ArgumentError, expectBoolean, expectNumber, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import type { WindowOptions } from "../input/slidingWindow.js";
import { pairOf, slidingWindow, windowCount } from "../input/slidingWindow.js";

/** Options that say which points the operations of InternImage and DCNv4 sample. */
export interface DcnPointOptions {
  /** Points of a window, one number or `[y, x]`, integers ≥ 1. Default 3. */
  kernelSize?: number | readonly [number, number];
  /** Distances between points, one number or `[y, x]`, integers ≥ 1. Default 1. */
  dilations?: number | readonly [number, number];
  /** Factor of offsets and of the window about its centre, > 0. Default 1. */
  offsetScale?: number;
  /** Leaves out the point in the middle, for kernels of odd sides. Default false. */
  removeCenter?: boolean;
}

/** Options of `dcnV3` and `dcnV4`. */
export interface DcnOptions extends DcnPointOptions, Omit<WindowOptions, "dilations"> {
  /** Groups of channels that share offsets and mask; divides the channels. Default 1. */
  groups?: number;
}

/** The keys of {@link DcnOptions}. */
export const dcnKeys: readonly (keyof DcnOptions)[] = [
  "kernelSize",
  "strides",
  "padding",
  "dilations",
  "groups",
  "offsetScale",
  "removeCenter",
];

/** The points of a window. */
export interface DcnPoints {
  kernel: [number, number];
  /** Index along each axis of what counts as the centre, in pixels from the first point. */
  half: [number, number];
  /** Each point's distance from the centre, [y, x] pixels, in the order of the tensors: column by column. */
  points: [number, number][];
  offsetScale: number;
}

/** All lengths of the operation. */
export interface DcnGeometry extends DcnPoints {
  batch: number;
  inHeight: number;
  inWidth: number;
  inChannels: number;
  outHeight: number;
  outWidth: number;
  groups: number;
  strideY: number;
  strideX: number;
  /** Where the centre of the first window is, [y, x]. */
  origin: [number, number];
}

/** Checks the options of a window's points, and lists them. @throws ArgumentError, ShapeError, RangeArgumentError */
export function dcnPoints(
  functionName: string,
  { kernelSize = 3, dilations = 1, offsetScale = 1, removeCenter = false }: DcnPointOptions,
): DcnPoints {
  const kernel = pairOf(functionName, "kernelSize", kernelSize, 1);
  const dilation = pairOf(functionName, "dilations", dilations, 1);
  expectNumber(functionName, "offsetScale", offsetScale, { above: 0 });
  expectBoolean(functionName, "removeCenter", removeCenter);
  const [kernelHeight, kernelWidth] = kernel;
  if (removeCenter && (kernelHeight % 2 === 0 || kernelWidth % 2 === 0 || kernelHeight * kernelWidth === 1)) {
    const expected = `be false for a kernel of [${kernel.join(", ")}] points`;
    throw new ArgumentError({ functionName, argument: "removeCenter", expected, received: removeCenter });
  }
  const half = [0, 1].map((k) => Math.floor((dilation[k]! * (kernel[k]! - 1)) / 2)) as [number, number];
  const points: [number, number][] = [];
  for (let a = 0; a < kernelWidth; a++) {
    for (let b = 0; b < kernelHeight; b++) {
      if (removeCenter && 2 * a + 1 === kernelWidth && 2 * b + 1 === kernelHeight) continue;
      points.push([b * dilation[0] - half[0], a * dilation[1] - half[1]]);
    }
  }
  return { kernel, half, points, offsetScale };
}

/** Checks the image and the options, and gathers the lengths. @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError */
export function dcnGeometry(functionName: string, x: Tensor, options: DcnOptions): DcnGeometry {
  expectTensor(functionName, "x", x, [-1, -1, -1, -1], "batch, height, width, channels");
  const [batch, inHeight, inWidth, inChannels] = x.shape as [number, number, number, number];
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ShapeError({ functionName, argument, expected, received });
  };
  if (inHeight * inWidth * inChannels === 0) {
    refuse("x", "have at least one row, column and channel (batch, height, width, channels)", x.shape);
  }
  const { groups = 1, strides = 1, padding = "valid", dilations = 1 } = options;
  const points = dcnPoints(functionName, options);
  expectNumber(functionName, "groups", groups, { integer: true, min: 1 });
  if (inChannels % groups !== 0) refuse("groups", `divide the ${inChannels} channels`, groups);
  const size = [inHeight, inWidth] as const;
  const [rows, columns] = slidingWindow(functionName, size, points.kernel, { strides, padding, dilations });
  const [outHeight, outWidth] = [windowCount(inHeight, rows), windowCount(inWidth, columns)];
  if (outHeight < 1 || outWidth < 1) {
    const padded = [inHeight + rows.before + rows.after, inWidth + columns.before + columns.after];
    const expected = `fit with its dilations, [${rows.extent}, ${columns.extent}], into the padded image, [${padded.join(", ")}]`;
    refuse("kernelSize", expected, points.kernel);
  }
  return {
    ...points,
    batch,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    groups,
    strideY: rows.stride,
    strideX: columns.stride,
    origin: [points.half[0] - rows.before, points.half[1] - columns.before],
  };
}
