import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { Tensor } from "@tensorflow/tfjs-core";
import { engine } from "@tensorflow/tfjs-core";

/** A fragment shader for a tensor of this shape. */
export interface Program {
  shape: number[];
  /** Whether a fragment makes two rows and two columns at once. */
  packed: boolean;
  code: string;
}

/**
 * Runs a program on inputs that it reads as `getName(indices)`, leaving out what is undefined. `start`, an integer that the code may
 * read, is the first window of a strip: a variable, so that all strips of a length share a compiled program.
 */
export function runProgram(
  backend: MathBackendWebGL,
  { shape, packed, code }: Program,
  inputs: Record<string, Tensor | undefined>,
  start: number,
): Tensor {
  const given = Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  const program = {
    variableNames: given.map(([name]) => name),
    outputShape: shape,
    packedOutput: packed,
    customUniforms: [{ name: "start", type: "int" as const }],
    userCode: code,
  };
  const tensors = given.map(([, tensor]) => tensor);
  return engine().makeTensorFromTensorInfo(backend.runWebGLProgram(program, tensors, "float32", [[start]]));
}
