// Trains a step on integers, which are exact in any order, and prints numbers of it, then how many threads computed at once.
import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import * as tf from "@tensorflow/tfjs-core";

// (module (import "env" "memory" (memory 1 65536 shared)) (func (export "meet") (param $word i32) (param $all i32) (param i32 i32):
//   adds 1 to the word and waits until it is $all, or traps after 2^29 looks)
const meeting = Uint8Array.from(
  atob(
    "AGFzbQEAAAABCAFgBH9/f38AAhIBA2VudgZtZW1vcnkCAwGAgAQDAgEABwgBBG1lZXQAAAovAS0BAX8gAEEB/h4CABoDQCAEQQFqIgRBgICAgAJLBEAACyAA/hACACABSQ0ACws=",
  ),
  (character) => character.charCodeAt(0),
);

// In a bundler's way; a page asks for it with ?hosted.
const hosted = globalThis.location?.search === "?hosted";
const wasmUrl = hosted ? { wasmUrl: new URL("@ddl/backend-simd/plain.wasm", import.meta.url) } : {};
registerSimdBackend({ threads: 2, ...wasmUrl });
await tf.setBackend("simd");
const integers = (shape, modulus) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i % modulus) - 3),
    shape,
  );
const [x, w] = [integers([2, 40, 36, 6], 11), integers([5, 3, 6, 10], 7)];
const loss = (image, filter) => tf.sum(tf.conv2d(image, filter, [2, 1], "same"));
const { value, grads } = tf.valueAndGrads(loss)([x, w]);
const weighted = (values) => values.reduce((sum, one, i) => sum + one * ((i % 13) + 1), 0);

// The backend's own threads: each chunk waits for all the others.
const { runtime } = tf.backend();
const { meet } = await runtime.loadKernels(meeting, ["meet"]);
const word = runtime.heap.allocate(4);
runtime.heap.i32(word, 1)[0] = 0;
runtime.parallelFor(meet, runtime.threads, [word, runtime.threads]);
const met = runtime.heap.i32(word, 1)[0];

const numbers = [value, ...grads].map((tensor) => weighted(tensor.dataSync()));
const { threads, failure } = simdStatus();
console.log(
  tf.getBackend(),
  numbers.join(),
  "threads",
  threads === met ? threads : `${met} of ${threads}`,
  failure ?? "",
);
