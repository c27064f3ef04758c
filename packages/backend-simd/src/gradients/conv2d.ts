import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import { overrideGradient, run } from "./overrideGradient.js";

/** Gives `Conv2D` a gradient for dilations above 1, which tfjs's own refuses. The kernels get `dilations` as one more attribute. */
export function registerConv2dGradient(): void {
  overrideGradient(
    "Conv2D",
    (dy, saved, attrs) => {
      const { strides, pad, dataFormat, dimRoundingMode, dilations } = attrs;
      if (backend_util.tupleValuesAreOne((dilations ?? 1) as number | number[])) return undefined;
      const [x, filter] = saved as [Tensor, Tensor];
      const common = { strides, pad, dataFormat, dimRoundingMode, dilations } as NamedAttrMap;
      return {
        x: () => run("Conv2DBackpropInput", { dy, filter }, { ...common, inputShape: x.shape }),
        filter: () => run("Conv2DBackpropFilter", { x, dy }, { ...common, filterShape: filter.shape }),
      };
    },
    { always: true },
  );
}
