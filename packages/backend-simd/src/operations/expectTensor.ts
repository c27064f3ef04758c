import { ArgumentError } from "@ddl/core";
import { Tensor } from "@tensorflow/tfjs-core";

/** Checks that an argument is a tensor of numbers or truth values. @throws ArgumentError */
export function expectTensor(functionName: string, argument: string, received: unknown): asserts received is Tensor {
  const fits = received instanceof Tensor && ["float32", "int32", "bool"].includes(received.dtype);
  if (!fits) throw new ArgumentError({ functionName, argument, expected: "be a tensor of numbers", received });
}
