import type { Tensor } from "@tensorflow/tfjs-core";
import { customGrad, tidy } from "@tensorflow/tfjs-core";
import { expectLiveBackend } from "./liveBackend.js";

/**
 * An operation with its own gradient: `backward` is given the same inputs and the gradient of the result, and returns that of each input
 * by name. Inputs that are undefined stay so. Constants have no gradient, and are kept for `backward`.
 */
export function differentiable<T extends Record<string, Tensor | undefined>>(
  inputs: T,
  forward: (inputs: T, constants: Tensor[]) => Tensor,
  backward: (inputs: T, dy: Tensor, constants: Tensor[]) => { [K in keyof T]: Tensor },
  constants: Tensor[] = [],
): Tensor {
  const names = Object.keys(inputs).filter((name) => inputs[name] !== undefined);
  const byName = (tensors: readonly unknown[]): T =>
    ({ ...inputs, ...Object.fromEntries(names.map((name, k) => [name, tensors[k]])) }) as T;
  const operation = customGrad((...given: unknown[]) => {
    const save = given.at(-1) as (tensors: Tensor[]) => void;
    const tensors = given.slice(0, -1) as Tensor[];
    save([...tensors, ...constants]);
    return {
      value: tidy(() => forward(byName(tensors), constants)),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          expectLiveBackend("gradients of @ddl/deform-conv");
          const gradients = backward(byName(saved), dy, saved.slice(names.length));
          return names.map((name) => gradients[name]!);
        }),
    };
  });
  return operation(...names.map((name) => inputs[name]!));
}
