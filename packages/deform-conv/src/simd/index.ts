/**
 * Importing this module gives the backend `simd` kernels of its own for deformable convolution.
 *
 * They are in use as soon as the backend has started, or, if it had started before, as soon as {@link ready} is fulfilled; until then,
 * and on other backends, nothing changes but time.
 * @module
 * @example
 * ```ts
 * import "@ddl/backend-simd";
 * import "@ddl/deform-conv/simd";
 * await tf.setBackend("simd");
 * ```
 */
import type { SimdExtensionContext } from "@ddl/backend-simd";
import { extendSimdBackend } from "@ddl/backend-simd";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { registerDeformConvKernels } from "../deformConv2d/kernels.js";
import { DeformConvProgram } from "./program.js";

type SimdBackend = SimdExtensionContext["backend"];

async function start({ runtime, relaxed }: SimdExtensionContext): Promise<void> {
  const program = await DeformConvProgram.load(runtime, relaxed);
  registerDeformConvKernels<SimdBackend>(
    "simd",
    (backend) => {
      const at = (tensor: TensorInfo): number => backend.pointer(tensor);
      const operands = ({
        filter,
        offset,
        mask,
      }: Record<"filter" | "offset", TensorInfo> & { mask?: TensorInfo | undefined }) => ({
        filter: at(filter),
        offset: at(offset),
        mask: mask === undefined ? 0 : at(mask),
      });
      const image = (g: DeformConvGeometry) =>
        backend.allocate([g.batch, g.inHeight, g.inWidth, g.inChannels], "float32");
      const parameters = (inputs: Record<"filter" | "offset", TensorInfo>) => ({
        filter: backend.allocate(inputs.filter.shape, "float32"),
        offset: backend.allocate(inputs.offset.shape, "float32"),
        mask: backend.allocate([...inputs.offset.shape.slice(0, 3), inputs.offset.shape[3]! / 2], "float32"),
      });
      const addresses = (made: Record<"filter" | "offset" | "mask", TensorInfo>) => ({
        filter: at(made.filter),
        offset: at(made.offset),
        mask: at(made.mask),
      });
      return {
        forward: (inputs, g) =>
          backend.runOwn(() => {
            const out = backend.allocate([g.batch, g.outHeight, g.outWidth, g.outChannels], "float32");
            program.forward(g, { ...operands(inputs), x: at(inputs.x), out: at(out) });
            return out;
          }),
        inputGradient: (inputs, g) =>
          backend.runOwn(() => {
            const x = image(g);
            program.gradients(g, { ...operands(inputs), x: 0, dy: at(inputs.dy) }, { x: at(x) });
            return x;
          }),
        parameterGradients: (inputs, g) =>
          backend.runOwn(() => {
            const made = parameters(inputs);
            const given = { ...operands(inputs), x: at(inputs.x), dy: at(inputs.dy) };
            program.gradients(g, given, { parameters: addresses(made) });
            return made;
          }),
        gradients: (inputs, g) =>
          backend.runOwn(() => {
            const made = { ...parameters(inputs), x: image(g) };
            const given = { ...operands(inputs), x: at(inputs.x), dy: at(inputs.dy) };
            program.gradients(g, given, { x: at(made.x), parameters: addresses(made) });
            return made;
          }),
      };
    },
    ["forward", "inputGradient", "parameterGradients", "gradients"],
  );
}

/** Fulfilled when the kernels are in use, or, if the backend has not started, at once: it then starts with them. */
export const ready: Promise<void> = extendSimdBackend("@ddl/deform-conv", start);
