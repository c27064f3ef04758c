import type { AnyArray } from "@ddl/core";
import { expectNumber } from "@ddl/core";
import type { NdArray } from "ndarray";

/** A view of an image with its axis of channels as the last. @throws RangeArgumentError for an axis that it has not */
export function channelsLast(name: string, image: NdArray<AnyArray>, channelAxis: number): NdArray<AnyArray> {
  const rank = image.shape.length;
  expectNumber(name, "channelAxis", channelAxis, { integer: true, min: -rank, max: rank - 1 });
  const axes = image.shape.map((_, k) => k);
  axes.push(...axes.splice((channelAxis + rank) % rank, 1));
  return image.transpose(...axes);
}
