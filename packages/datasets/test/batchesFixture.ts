import { zeros } from "@ddl/core";
import type { Batch, TrainingVolume } from "@ddl/datasets";

export const [rows, columns, channels] = [4, 6, 2];

/** A volume whose pixels say where they come from: 1000·number + 100·slice + position. Slice z has 2·z lesion pixels. */
export function volume(number: number, slices: number): TrainingVolume {
  const image = zeros(Float32Array, [slices, rows, columns, channels]);
  const mask = zeros(Uint8Array, [slices, rows, columns]);
  const size = rows * columns;
  for (let i = 0; i < image.data.length; i++) {
    const slice = Math.floor(i / (size * channels));
    image.data[i] = 1000 * number + 100 * slice + (i % (size * channels));
  }
  for (let z = 0; z < slices; z++) mask.data.fill(1, z * size + 3, z * size + 3 + 2 * z);
  return { id: `volume ${number}`, image, mask };
}

/** Three, five and two slices: ten. */
export const volumes: readonly TrainingVolume[] = [volume(1, 3), volume(2, 5), volume(3, 2)];

/** `<volume>/<slice>` of all slices, in order. */
export const allIds: readonly string[] = volumes.flatMap(({ id, image }) =>
  Array.from({ length: image.shape[0]! }, (_, slice) => `${id}/${slice}`),
);

export async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const result: Batch[] = [];
  for await (const batch of batches) result.push(batch);
  return result;
}

/** All that is in batches, as plain numbers. */
export function contents(batches: readonly Batch[]): unknown {
  return batches.map(({ images, masks, ids }) => ({
    ids,
    images: [images.shape, [...images.data]],
    masks: [masks.shape, [...masks.data]],
  }));
}
