import type { TensorInfo } from "@tensorflow/tfjs-core";

/** What this package needs of the backend of `@tensorflow/tfjs-backend-webgpu`, whose own types need those of WebGPU. */
export interface ComputeBackend {
  runWebGPUProgram(
    program: object,
    inputs: TensorInfo[],
    dtype: "float32",
    uniforms: { type: "int32"; data: number[] }[],
    output?: TensorInfo,
  ): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** A compute shader with its data. */
export interface Program {
  name: string;
  /** Constants of the shader: each set of them is compiled once. */
  constants?: Record<string, number>;
  /** Whole numbers that may differ from call to call. At least one, and the shader must read one of them. */
  uniforms: Record<string, number>;
  /** Tensors by the name of their array. The shader must read each of them. */
  inputs: Record<string, TensorInfo>;
  outputShape: number[];
  /** How many workgroups of 64 are needed. More may run: they must find nothing to do. */
  workgroups: number;
  /** WGSL with a function `main(index: i32)` that writes the array `result`. */
  code: string;
  /** Holds the result, as `array<atomic<i32>>` of the bits of its numbers, in place of a new tensor with any content. */
  atomicOutput?: TensorInfo;
}

/** Threads of a workgroup. */
export const threads = 64;

/** Elements of a tensor. */
export function sizeOf(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The number of the workgroup, whatever grid they are spread over. */
const workgroupIndex = `
  fn workgroupIndex() -> i32 {
    return i32((workgroupId.z * numWorkgroups.y + workgroupId.y) * numWorkgroups.x + workgroupId.x);
  }
`;

/** Runs a program. The result is the caller's to dispose of. */
export function runProgram(backend: ComputeBackend, program: Program): TensorInfo {
  const { name, constants = {}, uniforms, inputs, outputShape, workgroups, code, atomicOutput } = program;
  const declared = Object.entries(constants).map(([key, value]) => `const ${key} = ${value};\n`);
  // tfjs compiles again for shapes that are equal or could be broadcast to the result's: like this none is.
  const flat = ({ dataId, dtype, shape }: TensorInfo): TensorInfo => ({ dataId, dtype, shape: [sizeOf(shape), 1] });
  const result = backend.runWebGPUProgram(
    {
      variableNames: Object.keys(inputs),
      outputShape: [sizeOf(outputShape)],
      // One axis: only such a grid is folded by tfjs where it is longer than the device allows.
      dispatchLayout: { x: [0] },
      dispatch: [workgroups, 1, 1],
      workgroupSize: [threads, 1, 1],
      uniforms: Object.keys(uniforms)
        .map((key) => `${key} : i32, `)
        .join(""),
      shaderKey: `DeformConv2d${name}_${Object.entries(constants).join("_")}`,
      atomic: atomicOutput !== undefined,
      getUserCode: () => declared.join("") + workgroupIndex + code,
    },
    Object.values(inputs).map(flat),
    "float32",
    Object.values(uniforms).map((value) => ({ type: "int32", data: [value] })),
    atomicOutput && { ...atomicOutput, shape: [sizeOf(outputShape)] },
  );
  return { ...result, shape: outputShape };
}
