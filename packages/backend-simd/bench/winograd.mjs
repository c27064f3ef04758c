// Winograd's transform against the direct sum, by shape: the table that `winogradApplies` follows.
import { kinds, operations } from "./harness/convolutions.mjs";
import { tf } from "./harness/libraries.mjs";
import { randomArray } from "./harness/random.mjs";
import { benchRow } from "./harness/row.mjs";

/** Channels and sizes: what networks have, and the smallest that the transform takes. */
const shapes = [
  [16, 8],
  [16, 32],
  [16, 128],
  [32, 8],
  [32, 64],
  [64, 8],
  [64, 32],
  [128, 16],
  [256, 8],
  [256, 32],
  [512, 8],
  [512, 16],
];

await benchRow("winograd", async (row) => {
  const backend = tf.backend();
  for (const [channels, size] of shapes) {
    const shape = kinds["conv2d 3×3"](channels, size);
    const tensors = Object.fromEntries(
      Object.entries({ x: shape.x, filter: shape.filter, dy: shape.dy }).map(([name, of], k) => [
        name,
        tf.tensor(randomArray(of, k + 1).values, of),
      ]),
    );
    for (const part of ["forward", "input", "filter"]) {
      const title = `conv2d 3×3 ${part} b1 C${channels} ${size}²`;
      if (!row.wants(title)) continue;
      const run = () => operations(shape)[part](tensors);
      const side = (precise) => ({
        before: () => {
          backend.precise = precise;
        },
        run: () => run().dispose(),
        output: () => {
          const result = run();
          const values = result.dataSync();
          result.dispose();
          return values;
        },
      });
      const result = await row.compare(title, { sides: { winograd: side(false), direct: side(true) } });
      row.add(result, { winograd: result.ratios.direct.ofMedians }, { shapes: { channels, size } });
    }
    tf.dispose(tensors);
  }
});
