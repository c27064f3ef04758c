import { ArgumentError, DtypeError, ShapeError } from "@ddl/core";
import { Tensor } from "@tensorflow/tfjs-core";
import { expectLiveBackend } from "./liveBackend.js";

/**
 * Checks a float32 tensor of an exact shape, and that its backend has not been lost.
 * @param shape the lengths; -1 stands for any length
 * @param axes names the axes in the message
 * @throws ArgumentError, DtypeError, ShapeError, BackendError
 */
export function expectTensor(
  functionName: string,
  argument: string,
  value: unknown,
  shape: readonly number[],
  axes: string,
): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw new ArgumentError({ functionName, argument, expected: "be a tensor", received: value });
  }
  expectLiveBackend(functionName);
  if (value.dtype !== "float32") {
    throw new DtypeError({ functionName, argument, expected: "have dtype float32", received: value.dtype });
  }
  if (value.shape.length !== shape.length || shape.some((n, k) => n !== -1 && n !== value.shape[k])) {
    const wanted = shape.every((n) => n === -1)
      ? `have ${shape.length} dimensions`
      : `have shape [${shape.map((n) => (n === -1 ? "any" : n)).join(", ")}]`;
    throw new ShapeError({ functionName, argument, expected: `${wanted} (${axes})`, received: value.shape });
  }
}
