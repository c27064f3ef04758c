// Prints a result, then how many threads computed at once.
import { createRuntime } from "@ddl/simd";

// (module (import "env" "memory" (memory 1 65536 shared)) (func (export "meet") (param $word i32) (param $all i32) (param i32 i32):
//   adds 1 to the word and waits until it is $all, or traps after 2^29 looks)
const meeting = Uint8Array.from(
  atob(
    "AGFzbQEAAAABCAFgBH9/f38AAhIBA2VudgZtZW1vcnkCAwGAgAQDAgEABwgBBG1lZXQAAAovAS0BAX8gAEEB/h4CABoDQCAEQQFqIgRBgICAgAJLBEAACyAA/hACACABSQ0ACws=",
  ),
  (character) => character.charCodeAt(0),
);

const runtime = await createRuntime({ threads: 2 });
const { meet } = await runtime.loadKernels(meeting, ["meet"]);
const word = runtime.heap.allocate(4);
runtime.heap.i32(word, 1)[0] = 0;
// Once: workers are woken for a kernel's first job, however short. Later ones must not count on it.
runtime.parallelFor(meet, runtime.threads, [word, runtime.threads]);
const met = runtime.heap.i32(word, 1)[0] === runtime.threads;
console.log(met, "threads", runtime.threads);
await runtime.close();
