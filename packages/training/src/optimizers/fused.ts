import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { add, backend, engine, getBackend, getKernel, tidy } from "@tensorflow/tfjs-core";

/**
 * Runs a kernel of the backend `simd` that changes weights, and what is remembered of them, in one pass over memory.
 * @param tensors `parameters`, `gradients`, and tensors that nobody else holds
 * @returns false on backends without it, which leaves all as it was
 */
export function fusedStep(
  kernelName: string,
  tensors: { parameters: Variable; gradients: Tensor } & Record<string, Tensor>,
  attributes: Record<string, number | boolean>,
): boolean {
  if (getKernel(kernelName, getBackend()) === undefined) return false;
  tidy(() => {
    const { parameters } = tensors;
    // Somebody holds another tensor on this memory, a clone of a weight say: the weight moves to memory of its own. Going the other way
    // round would round otherwise, and a resumed training would differ from an undisturbed one.
    if (backend().refCount(parameters.dataId) > 1) {
      const copy = add(parameters, 0);
      parameters.assign(copy);
      copy.dispose();
    }
    engine().runKernel(kernelName, tensors as never, attributes as never);
  });
  return true;
}
