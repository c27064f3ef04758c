import { createBatchSource, phantomLgg, preprocess, splitByPatient } from "@ddl/datasets";

const dataset = phantomLgg({ patients: 3, seed: 2, size: 48 });
const { train } = splitByPatient(dataset.patients, { fractions: { train: 2 / 3, validation: 0, test: 1 / 3 } });
const { image, mask } = preprocess(await dataset.volume(train[0]!), { size: 32 });
const source = await createBatchSource([{ id: train[0]!, image, mask }], { workers: 1 });
const shapes: string[] = [];
for await (const { images, masks } of source.epoch(0, { batchSize: 4, seed: 1, steps: 2 })) {
  shapes.push(images.shape.join("x"), masks.shape.join("x"));
}
await source.close();
console.log(shapes.join(" "));
