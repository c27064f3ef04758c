import type { Tensor } from "@tensorflow/tfjs-core";
import { clone, transpose } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";

/** (batch, channels, height, width) to (batch, height, width, channels). @throws ArgumentError, DtypeError, ShapeError */
export function imageFrom(functionName: string, argument: string, value: Tensor): Tensor {
  expectTensor(functionName, argument, value, [-1, -1, -1, -1], "batch, channels, height, width");
  return transpose(value, [0, 2, 3, 1]);
}

/** (outputs, inputs, height, width) to (height, width, inputs, outputs). @throws ArgumentError, DtypeError, ShapeError */
export function filterFrom(functionName: string, argument: string, value: Tensor): Tensor {
  expectTensor(functionName, argument, value, [-1, -1, -1, -1], "outChannels, inChannels / groups, height, width");
  return transpose(value, [2, 3, 1, 0]);
}

/** A copy that is given back by itself. @throws ArgumentError, DtypeError, ShapeError */
export function biasFrom(functionName: string, argument: string, value: Tensor): Tensor {
  expectTensor(functionName, argument, value, [-1], "outChannels");
  return clone(value);
}
