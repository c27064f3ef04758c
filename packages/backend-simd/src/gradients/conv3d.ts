import { BackendError } from "@ddl/core";
import type { GradConfig, NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";
import {
  backend_util,
  engine,
  getBackend,
  getGradient,
  registerGradient,
  unregisterGradient,
} from "@tensorflow/tfjs-core";

const dilated: unique symbol = Symbol.for("@ddl/backend-simd/dilatedConv3dGradient") as never;

/**
 * Gives `Conv3D` a gradient for dilations above 1 on this backend; everything else goes to tfjs's own, which refuses them everywhere.
 * The kernels get `dilations` as one more attribute.
 */
export function registerConv3dGradient(): void {
  const own = getGradient("Conv3D") as (GradConfig & { [dilated]?: true }) | undefined;
  if (own === undefined) throw new BackendError("simd: tfjs-core's gradients are not registered.");
  // A second copy of this package finds the first one's.
  if (own[dilated] === true) return;
  const config: GradConfig & { [dilated]: true } = {
    ...own,
    [dilated]: true,
    gradFunc(dy, saved, attrs) {
      const { dilations, strides, pad } = attrs as NamedAttrMap;
      const plain = backend_util.tupleValuesAreOne((dilations ?? 1) as number | number[]);
      if (plain || getBackend() !== "simd") return own.gradFunc(dy, saved, attrs);
      const [x, filter] = saved as [Tensor, Tensor];
      const run = (kernel: string, inputs: Record<string, Tensor>, more: NamedAttrMap): Tensor =>
        engine().runKernel(kernel, inputs, { strides, pad, dilations, ...more } as NamedAttrMap) as Tensor;
      return {
        x: () => run("Conv3DBackpropInputV2", { dy: dy as Tensor, filter }, { inputShape: x.shape }),
        filter: () => run("Conv3DBackpropFilterV2", { x, dy: dy as Tensor }, { filterShape: filter.shape }),
      };
    },
  };
  unregisterGradient("Conv3D");
  registerGradient(config);
}
