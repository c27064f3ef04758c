import { ArgumentError, expectNumber, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";

/** Rows and columns of a level, and the place of its first pixel among those of all levels. */
export interface Level {
  height: number;
  width: number;
  start: number;
}

/** All lengths of an attention; `pixels` are those of all levels together. */
export interface AttentionGeometry {
  batch: number;
  pixels: number;
  heads: number;
  /** Channels of a head. */
  channels: number;
  queries: number;
  points: number;
  levels: Level[];
}

/** Checks the sizes of the levels and lays them one after the other. @throws ArgumentError, RangeArgumentError */
export function levelsOf(functionName: string, spatialShapes: unknown): Level[] {
  const isPair = (entry: unknown): boolean => Array.isArray(entry) && entry.length === 2;
  if (!Array.isArray(spatialShapes) || spatialShapes.length === 0 || !spatialShapes.every(isPair)) {
    const expected = "be a list of [height, width], one a level";
    throw new ArgumentError({ functionName, argument: "spatialShapes", expected, received: spatialShapes });
  }
  let start = 0;
  return spatialShapes.map((pair: [unknown, unknown]) => {
    const [height, width] = pair.map((size) =>
      expectNumber(functionName, "spatialShapes", size, { integer: true, min: 1 }),
    ) as [number, number];
    const level = { height, width, start };
    start += height * width;
    return level;
  });
}

/** Pixels of all levels together. */
export function pixelsOf(levels: readonly Level[]): number {
  return levels.reduce((sum, { height, width }) => sum + height * width, 0);
}

/** Checks the tensors against each other and gathers the lengths. @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError */
export function attentionGeometry(
  functionName: string,
  value: Tensor,
  spatialShapes: unknown,
  samplingLocations: Tensor,
  attentionWeights: Tensor,
): AttentionGeometry {
  const levels = levelsOf(functionName, spatialShapes);
  const pixels = pixelsOf(levels);
  expectTensor(functionName, "value", value, [-1, pixels, -1, -1], "batch, pixels of all levels, heads, channels");
  const [batch, , heads, channels] = value.shape as [number, number, number, number];
  if (heads * channels === 0) {
    const expected = "have at least one head and channel (batch, pixels of all levels, heads, channels)";
    throw new ShapeError({ functionName, argument: "value", expected, received: value.shape });
  }
  const axes = "batch, queries, heads, levels, points";
  const locations = [batch, -1, heads, levels.length, -1, 2];
  expectTensor(functionName, "samplingLocations", samplingLocations, locations, `${axes}, 2`);
  const [, queries, , , points] = samplingLocations.shape as [number, number, number, number, number];
  if (points === 0) {
    const expected = `have at least one point (${axes}, 2)`;
    throw new ShapeError({ functionName, argument: "samplingLocations", expected, received: samplingLocations.shape });
  }
  expectTensor(
    functionName,
    "attentionWeights",
    attentionWeights,
    [batch, queries, heads, levels.length, points],
    axes,
  );
  return { batch, pixels, heads, channels, queries, points, levels };
}
