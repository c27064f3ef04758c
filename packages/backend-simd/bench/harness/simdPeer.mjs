// A process of its own with the backend on another number of threads: `simdPeer.mjs <build> <threads> <U-Net as JSON>`.
// It takes training steps when a line of JSON asks for them.
import { createInterface } from "node:readline";
import { LineServer } from "./lineServer.mjs";
import { openSimd } from "./simdBackend.mjs";
import { makeUnet } from "./unetSteps.mjs";

/** Starts a peer and gives its training step as a side of a comparison. */
export async function startPeer(build, threads, shape) {
  const words = [import.meta.filename, build, String(threads), JSON.stringify(shape)];
  const server = await LineServer.start(process.execPath, words, process.env);
  return {
    time: async (repetitions) => (await server.ask({ repetitions })).milliseconds,
    output: async () => (await server.ask({ output: true })).values,
    close: () => server.close(),
  };
}

if (process.argv[1] === import.meta.filename) {
  const [build, threads, shape] = process.argv.slice(2);
  await openSimd(build, Number(threads));
  const { training } = await makeUnet(JSON.parse(shape));
  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(answer(training, JSON.parse(line))));
  }
}

function answer(training, { output, repetitions }) {
  if (output) return { values: [...training.output()] };
  const began = performance.now();
  for (let k = 0; k < repetitions; k++) training.run();
  return { milliseconds: (performance.now() - began) / repetitions };
}
