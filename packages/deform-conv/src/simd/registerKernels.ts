import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { ParameterGradients } from "../deformConv2d/kernels.js";
import { registerDeformConvKernels } from "../deformConv2d/kernels.js";
import { registerBinKernels } from "../roi/kernels.js";
import type { DeformConvProgram } from "./program.js";

/** A tensor and the address of its values. */
export interface Made {
  tensor: TensorInfo;
  address: number;
}

/** A backend's tensors in the memory that the kernels work on. */
export interface Scope {
  /** Address of a tensor's values. */
  address(tensor: TensorInfo): number;
  /** A tensor whose values are what stands at the address when the work is done. */
  make(shape: number[]): Made;
}

/**
 * Registers all kernels with a backend.
 * @param programOf the program that works for a backend
 * @param within does a piece of work; should that fail, nothing that was made in it is left
 */
export function registerKernels<B>(
  backendName: string,
  programOf: (backend: B) => DeformConvProgram,
  within: <T>(backend: B, work: (scope: Scope) => T) => T,
): void {
  type Operands = { filter: TensorInfo; offset: TensorInfo; mask: TensorInfo | undefined };
  const imageOf = (scope: Scope, g: DeformConvGeometry): Made =>
    scope.make([g.batch, g.inHeight, g.inWidth, g.inChannels]);
  const operandsOf = (scope: Scope, { filter, offset, mask }: Operands) => ({
    filter: scope.address(filter),
    offset: scope.address(offset),
    mask: mask === undefined ? 0 : scope.address(mask),
  });
  const parametersOf = (scope: Scope, { filter, offset }: Operands): ParameterGradients<Made> => ({
    filter: scope.make(filter.shape),
    offset: scope.make(offset.shape),
    mask: scope.make([...offset.shape.slice(0, 3), offset.shape[3]! / 2]),
  });
  const addresses = ({ filter, offset, mask }: ParameterGradients<Made>): ParameterGradients<number> => ({
    filter: filter.address,
    offset: offset.address,
    mask: mask.address,
  });
  const tensors = ({ filter, offset, mask }: ParameterGradients<Made>): ParameterGradients<TensorInfo> => ({
    filter: filter.tensor,
    offset: offset.tensor,
    mask: mask.tensor,
  });
  registerDeformConvKernels<B>(
    backendName,
    (backend) => ({
      forward: (inputs, g) =>
        within(backend, (scope) => {
          const out = scope.make([g.batch, g.outHeight, g.outWidth, g.outChannels]);
          programOf(backend).forward(g, { ...operandsOf(scope, inputs), x: scope.address(inputs.x), out: out.address });
          return out.tensor;
        }),
      inputGradient: (inputs, g) =>
        within(backend, (scope) => {
          const x = imageOf(scope, g);
          const given = { ...operandsOf(scope, inputs), x: 0, dy: scope.address(inputs.dy) };
          programOf(backend).gradients(g, given, { x: x.address });
          return x.tensor;
        }),
      parameterGradients: (inputs, g) =>
        within(backend, (scope) => {
          const made = parametersOf(scope, inputs);
          const given = { ...operandsOf(scope, inputs), x: scope.address(inputs.x), dy: scope.address(inputs.dy) };
          programOf(backend).gradients(g, given, { parameters: addresses(made) });
          return tensors(made);
        }),
      gradients: (inputs, g) =>
        within(backend, (scope) => {
          const made = parametersOf(scope, inputs);
          const x = imageOf(scope, g);
          const given = { ...operandsOf(scope, inputs), x: scope.address(inputs.x), dy: scope.address(inputs.dy) };
          programOf(backend).gradients(g, given, { x: x.address, parameters: addresses(made) });
          return { ...tensors(made), x: x.tensor };
        }),
    }),
    ["forward", "inputGradient", "parameterGradients", "gradients"],
  );
  registerBinKernels<B>(backendName, (backend) => ({
    sums: (x, plan) =>
      within(backend, (scope) => {
        const out = scope.make(plan.shape);
        programOf(backend).binSums(plan, scope.address(x), out.address);
        return out.tensor;
      }),
    gradient: (dy, plan) =>
      within(backend, (scope) => {
        const x = scope.make([...plan.image]);
        programOf(backend).binGradient(plan, scope.address(dy), x.address);
        return x.tensor;
      }),
  }));
}
