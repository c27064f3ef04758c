/** The positions that a strided, dilated and padded window visits along an axis. */

/** What of a convolution's shape decides these positions. */
interface WindowShape {
  readonly filterRows: number;
  readonly filterColumns: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  readonly dilationRows: number;
  readonly dilationColumns: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** One axis of a grid: position g and tap t read image position g * step + offset + t * tapStep. */
export interface Axis {
  readonly taps: number;
  readonly offset: number;
  readonly tapStep: number;
  readonly step: number;
}

/** The axes of the forward pass. */
export function forwardAxes(shape: WindowShape): { rowAxis: Axis; columnAxis: Axis } {
  return {
    rowAxis: {
      taps: shape.filterRows,
      offset: -shape.padTop,
      tapStep: shape.dilationRows,
      step: shape.strideRows,
    },
    columnAxis: {
      taps: shape.filterColumns,
      offset: -shape.padLeft,
      tapStep: shape.dilationColumns,
      step: shape.strideColumns,
    },
  };
}

/** Taps first, first + step, … of an axis of the filter, and where they lie in the output gradient. */
export interface Phase {
  readonly first: number;
  readonly step: number;
  readonly axis: Axis;
}

/**
 * Tap k adds to input position p through output position (p + pad - k * dilation) / stride, if this is whole. The taps
 * are taken from the last to the first, so that the output positions ascend and neighbours can be copied in one run.
 */
export function phaseOf(phase: number, size: number, stride: number, dilation: number, pad: number): Phase {
  const taps: number[] = [];
  for (let tap = size - 1; tap >= 0; tap--) {
    if ((phase + pad - tap * dilation) % stride === 0) taps.push(tap);
  }
  const [first = 0, second = first] = taps;
  const step = second - first;
  return {
    first,
    step,
    axis: {
      taps: taps.length,
      offset: taps.length === 0 ? 0 : (phase + pad - first * dilation) / stride,
      tapStep: Math.max(1, (-step * dilation) / stride),
      step: 1,
    },
  };
}

/** The four arguments by which every kernel takes an axis. */
export function axisArguments({ taps, offset, tapStep, step }: Axis): number[] {
  return [taps, offset, tapStep, step];
}
