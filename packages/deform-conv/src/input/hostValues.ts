import { BackendError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { engine, getBackend } from "@tensorflow/tfjs-core";

/**
 * The values of a tensor, if they can be had at once. WebGPU hands out what it has computed only later: TensorFlow.js' `dataSync` takes it
 * from a canvas there, which is wrong or loses the device on some machines and does not exist outside a page. What was uploaded by
 * `tf.tensor` and has not been used yet is still here.
 */
export function hostValues(tensor: Tensor): Float32Array | undefined {
  if (getBackend() !== "webgpu") return tensor.dataSync<"float32">();
  const { tensorMap } = engine().backend as unknown as {
    tensorMap: { get(dataId: object): { values?: Float32Array | null } };
  };
  return tensorMap.get(tensor.dataId).values ?? undefined;
}

/** The values of a tensor. @throws BackendError if they cannot be had at once */
export function readAtOnce(functionName: string, argument: string, tensor: Tensor): Float32Array {
  const values = hostValues(tensor);
  if (values !== undefined) return values;
  const advice = `import "@ddl/deform-conv/webgpu", which does not read it, or pass a tensor made of await ${argument}.data()`;
  throw new BackendError(
    `${functionName}: ${argument} must have values that can be read at once; received ones on the device of webgpu: ${advice}.`,
    { argument },
  );
}
