import { createRuntime } from "@ddl/simd";

// (module (import "env" "memory" (memory 1 65536 shared)) (func (export "count") (param i32 i32 i32): adds 1 to the word at the address)
const bytes = Uint8Array.from(
  atob("AGFzbQEAAAABBwFgA39/fwACEgEDZW52Bm1lbW9yeQIDAYCABAMCAQAHCQEFY291bnQAAAoNAQsAIABBAf4eAgAaCw=="),
  (character) => character.charCodeAt(0),
);
const runtime = await createRuntime({ threads: 2 });
const { count } = await runtime.loadKernels(bytes, ["count"]);
const word = runtime.heap.allocate(4);
runtime.heap.i32(word, 1)[0] = 0;
for (let job = 0; job < 100; job++) runtime.parallelFor(count, 20, [word]);
const expected = runtime.shared ? 2 : 1;
console.log(2, runtime.heap.i32(word, 1)[0] === 2000 && runtime.threads === expected);
await runtime.close();
