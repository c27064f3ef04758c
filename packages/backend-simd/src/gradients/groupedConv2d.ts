import { registerGradientOnce } from "@ddl/core/tensor";
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";
import { sum } from "@tensorflow/tfjs-core";
import { run } from "./overrideGradient.js";

/** Gives `SimdGroupedConv2D` its gradients for `x`, `filter` and `bias`; each is made only if it is asked for. */
export function registerGroupedConv2dGradient(): void {
  registerGradientOnce({
    kernelName: "SimdGroupedConv2D",
    inputsToSave: ["x", "filter"],
    gradFunc(gradient, saved, attrs) {
      const dy = gradient as Tensor;
      const [x, filter] = saved as [Tensor, Tensor];
      const common = attrs as NamedAttrMap;
      return {
        x: () => run("SimdGroupedConv2DBackpropInput", { dy, filter }, { ...common, inputShape: x.shape }),
        filter: () => run("SimdGroupedConv2DBackpropFilter", { x, dy }, { ...common, filterShape: filter.shape }),
        bias: () => sum(dy, [0, 1, 2]),
      };
    },
  });
}
