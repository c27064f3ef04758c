import { BackendError } from "@ddl/core";
import type { GradConfig, NamedAttrMap, NamedTensorInfoMap, Tensor } from "@tensorflow/tfjs-core";
import { engine, getBackend, getGradient, registerGradient, unregisterGradient } from "@tensorflow/tfjs-core";

const overridden: unique symbol = Symbol.for("@ddl/backend-simd/gradient") as never;

type NamedGradientMap = Record<string, () => Tensor>;

/** A gradient, or `undefined` to leave the call to tfjs's own. */
export type SimdGradient = (dy: Tensor, saved: Tensor[], attrs: NamedAttrMap) => NamedGradientMap | undefined;

/**
 * Gives an operation another gradient on this backend. Elsewhere tfjs's own stays, and also inside a gradient of a gradient: it is made of
 * operations that have gradients themselves.
 * @param options.always also inside a gradient of a gradient
 * @param options.saveOutput save the result in place of the arguments; tfjs's own formula must take either
 */
export function overrideGradient(
  kernelName: string,
  gradient: SimdGradient,
  options: { always?: boolean; saveOutput?: boolean } = {},
): void {
  const own = getGradient(kernelName) as (GradConfig & { [overridden]?: true }) | undefined;
  if (own === undefined) throw new BackendError(`simd: tfjs-core's gradient of ${kernelName} is not registered.`);
  // A second copy of this package finds the first one's.
  if (own[overridden] === true) return;
  const config: GradConfig & { [overridden]: true } = {
    ...own,
    ...(options.saveOutput === true ? { inputsToSave: [], outputsToSave: [true] } : {}),
    [overridden]: true,
    gradFunc(dy, saved, attrs) {
      const first = options.always === true || engine().state.gradientDepth === 0;
      const mine =
        getBackend() === "simd" && first ? gradient(dy as Tensor, saved, (attrs ?? {}) as NamedAttrMap) : undefined;
      return mine ?? own.gradFunc(dy, saved, attrs);
    },
  };
  unregisterGradient(kernelName);
  registerGradient(config);
}

/** Runs a kernel that gives one tensor. */
export function run(kernelName: string, inputs: Record<string, Tensor>, attrs: NamedAttrMap = {}): Tensor {
  return engine().runKernel(kernelName, inputs as unknown as NamedTensorInfoMap as never, attrs) as Tensor;
}
