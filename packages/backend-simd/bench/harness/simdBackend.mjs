// Opens the backend `simd` in one build with a number of threads; a process has one.
import { built, tf } from "./libraries.mjs";

export const relaxedFlag = "--experimental-wasm-relaxed-simd";

/** @param build `relaxed` (fused multiply-add) or `plain` */
export async function openSimd(build, threads) {
  if (build !== "relaxed" && build !== "plain") throw new RangeError(`--build must be relaxed or plain; got ${build}.`);
  const { registerSimdBackend } = await built("backend-simd");
  const { simdFeatures } = await built("simd");
  registerSimdBackend({ threads, relaxedSimd: build === "relaxed" });
  if (!(await tf.setBackend("simd"))) throw new Error("the simd backend did not start.");
  const { runtime } = tf.backend();
  // A result under the wrong heading would be worse than none.
  if (runtime.threads !== threads) throw new Error(`${threads} threads wanted: ${runtime.threadsLost}`);
  if (build === "relaxed" && !simdFeatures().relaxedSimd) throw new Error("this platform has no relaxed SIMD.");
  return runtime;
}

/** A side that runs on a backend of tfjs: `run` gives tensors, which are disposed within the time. */
export function tensorSide(backendName, run) {
  const before = async () => {
    if (tf.getBackend() !== backendName) await tf.setBackend(backendName);
  };
  const output = () => {
    const tensor = run();
    const values = tensor.dataSync();
    tensor.dispose();
    return values;
  };
  return { before, run: () => run().dispose(), output };
}
