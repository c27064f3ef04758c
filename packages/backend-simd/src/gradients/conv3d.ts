import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import { overrideGradient, run } from "./overrideGradient.js";

/** Gives `Conv3D` a gradient for dilations above 1, which tfjs's own refuses. The kernels get `dilations` as one more attribute. */
export function registerConv3dGradient(): void {
  overrideGradient(
    "Conv3D",
    (dy, saved, { strides, pad, dilations }) => {
      if (backend_util.tupleValuesAreOne((dilations ?? 1) as number | number[])) return undefined;
      const [x, filter] = saved as [Tensor, Tensor];
      const common = { strides, pad, dilations } as NamedAttrMap;
      return {
        x: () => run("Conv3DBackpropInputV2", { dy, filter }, { ...common, inputShape: x.shape }),
        filter: () => run("Conv3DBackpropFilterV2", { x, dy }, { ...common, filterShape: filter.shape }),
      };
    },
    { always: true },
  );
}
