import { DdlError } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import {
  conv2d,
  dispose,
  maxPool,
  mean,
  relu,
  square,
  sum,
  tensor,
  tidy,
  tile,
  util,
  valueAndGrads,
} from "@tensorflow/tfjs-core";

/** What torch gives for the step of {@link probeTraining}: the loss, and the sums of squares of both filters' gradients. */
export const probeResult = { loss: 5.58398021, first: 6.2872582, second: 165.93107 } as const;

/** Half precision differs by some thousandths, a wrong gradient by more. */
const tolerance = 0.02;

/**
 * Trains on the active backend: two convolutions, ReLU, pooling, mean square, with the gradients of both filters.
 *
 * @param pictures equal pictures in the batch; the result does not depend on it
 * @returns milliseconds of the step
 * @throws what the backend throws, mostly for a kernel that it lacks; DdlError (code `training`) if it computes something else
 */
export async function probeTraining(pictures: number): Promise<number> {
  const variables = tidy(() => [
    tile(wave([1, 20, 16, 8], 1), [pictures, 1, 1, 1]),
    wave([3, 3, 8, 16], 0.3),
    wave([3, 3, 16, 16], 0.2),
  ]);
  const step = valueAndGrads((image, first, second) => {
    const hidden = relu(conv2d(image as Tensor4D, first as Tensor4D, 1, "same"));
    return mean(square(conv2d(maxPool(hidden, 2, 2, "valid"), second as Tensor4D, 1, "same")));
  });
  let results: Tensor[] = [];
  try {
    const began = performance.now();
    results = tidy(() => {
      const { value, grads } = step(variables);
      return [value, sum(square(grads[1]!)), sum(square(grads[2]!))];
    });
    const numbers = await Promise.all(results.map(async (one) => (await one.data())[0]!));
    const milliseconds = performance.now() - began;
    expectResult(numbers);
    return milliseconds;
  } finally {
    dispose([...variables, ...results]);
  }
}

function expectResult(numbers: readonly number[]): void {
  const expected = Object.values(probeResult);
  // Not `>`: NaN is wrong too.
  if (numbers.every((number, k) => Math.abs(number / expected[k]! - 1) <= tolerance)) return;
  const message = `probeTraining: the step must give ${expected.join(", ")}; received ${numbers.join(", ")}.`;
  throw new DdlError("training", message);
}

/** Numbers without pattern or symmetry, the same everywhere. */
function wave(shape: number[], scale: number): Tensor {
  const values = Float32Array.from({ length: util.sizeFromShape(shape) }, (_, i) => scale * Math.sin(i * i * 0.37 + i));
  return tensor(values, shape);
}
