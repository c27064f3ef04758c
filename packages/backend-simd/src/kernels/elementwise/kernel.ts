import type { TensorInfo } from "@tensorflow/tfjs-core";
import { broadcast_util, util } from "@tensorflow/tfjs-core";
import type { SimdKernelConfig } from "../simdKernel.js";
import { areFloat32 } from "../simdKernel.js";
import type { BinaryName, ComparisonName, UnaryName } from "./simd.js";
import { addN, binary, select, unary } from "./simd.js";

/** A function of one tensor; `options` names the attributes that are its alpha and beta. */
function unaryKernel(kernelName: string, op: UnaryName, options: readonly string[] = []): SimdKernelConfig {
  return {
    kernelName,
    run({ inputs, attrs, backend }) {
      const x = inputs["x"]!;
      if (!areFloat32(x)) return undefined;
      const out = backend.allocate([...x.shape], "float32");
      const [alpha = 0, beta = 0] = options.map((name) => (attrs[name] ?? 0) as number);
      const [from, to] = [backend.pointer(x), backend.pointer(out)];
      unary(backend.kernels, { op, x: from, out: to, length: util.sizeFromShape(x.shape), alpha, beta });
      return out;
    },
  };
}

/** A function of two tensors whose shapes are broadcast; `names` are tfjs's names of the inputs. */
function binaryKernel(
  kernelName: string,
  op: BinaryName | ComparisonName,
  names: readonly [string, string] = ["a", "b"],
  dtype: "float32" | "bool" = "float32",
): SimdKernelConfig {
  return {
    kernelName,
    run({ inputs, attrs, backend }) {
      const a = inputs[names[0]]!;
      const b = inputs[names[1]]!;
      if (!areFloat32(a, b) || Math.max(a.shape.length, b.shape.length) > 6) return undefined;
      const out = backend.allocate(broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]), dtype);
      binary(backend.kernels, {
        op,
        a: backend.pointer(a),
        b: backend.pointer(b),
        out: backend.pointer(out),
        aShape: a.shape,
        bShape: b.shape,
        alpha: (attrs["alpha"] ?? 0) as number,
      });
      return out;
    },
  };
}

const addNKernel: SimdKernelConfig = {
  kernelName: "AddN",
  run({ inputs, backend }) {
    const tensors = inputs as unknown as TensorInfo[];
    if (!areFloat32(...tensors)) return undefined;
    const out = backend.allocate([...tensors[0]!.shape], "float32");
    addN(backend.kernels, {
      inputs: tensors.map((one) => backend.pointer(one)),
      out: backend.pointer(out),
      length: util.sizeFromShape(out.shape),
    });
    return out;
  },
};

const selectKernel: SimdKernelConfig = {
  kernelName: "Select",
  run({ inputs, backend }) {
    const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
    // A condition of one axis may choose whole rows: that is left to the inherited kernel.
    if (!areFloat32(t, e) || condition.shape.join() !== t.shape.join()) return undefined;
    const out = backend.allocate([...t.shape], "float32");
    select(backend.kernels, {
      condition: backend.pointer(condition),
      a: backend.pointer(t),
      b: backend.pointer(e),
      out: backend.pointer(out),
      length: util.sizeFromShape(t.shape),
    });
    return out;
  },
};

/** tfjs's element-wise kernels. */
export const elementwiseKernels: readonly SimdKernelConfig[] = [
  unaryKernel("Relu", "relu"),
  unaryKernel("Relu6", "relu6"),
  unaryKernel("LeakyRelu", "leakyRelu", ["alpha"]),
  unaryKernel("Elu", "elu"),
  unaryKernel("Selu", "selu"),
  unaryKernel("Sigmoid", "sigmoid"),
  unaryKernel("Tanh", "tanh"),
  unaryKernel("Exp", "exp"),
  unaryKernel("Log", "log"),
  unaryKernel("Sqrt", "sqrt"),
  unaryKernel("Rsqrt", "rsqrt"),
  unaryKernel("Square", "square"),
  unaryKernel("Abs", "abs"),
  unaryKernel("Neg", "neg"),
  unaryKernel("Reciprocal", "reciprocal"),
  unaryKernel("Step", "step", ["alpha"]),
  unaryKernel("Sign", "sign"),
  unaryKernel("Floor", "floor"),
  unaryKernel("Ceil", "ceil"),
  unaryKernel("Softplus", "softplus"),
  unaryKernel("ClipByValue", "clip", ["clipValueMin", "clipValueMax"]),
  binaryKernel("Add", "add"),
  binaryKernel("Sub", "sub"),
  binaryKernel("Multiply", "mul"),
  binaryKernel("RealDiv", "realDiv"),
  binaryKernel("Maximum", "maximum"),
  binaryKernel("Minimum", "minimum"),
  binaryKernel("SquaredDifference", "squaredDifference"),
  binaryKernel("Pow", "pow"),
  binaryKernel("Prelu", "prelu", ["x", "alpha"]),
  binaryKernel("EluGrad", "eluGradient", ["dy", "y"]),
  // Gradients of activations: of the result y, or of the input x.
  binaryKernel("SimdReluGrad", "reluGradient", ["dy", "x"]),
  binaryKernel("SimdRelu6Grad", "relu6Gradient", ["dy", "x"]),
  binaryKernel("SimdLeakyReluGrad", "leakyReluGradient", ["dy", "x"]),
  binaryKernel("SimdSigmoidGrad", "sigmoidGradient", ["dy", "y"]),
  binaryKernel("SimdTanhGrad", "tanhGradient", ["dy", "y"]),
  binaryKernel("Equal", "equal", ["a", "b"], "bool"),
  binaryKernel("NotEqual", "notEqual", ["a", "b"], "bool"),
  binaryKernel("Less", "less", ["a", "b"], "bool"),
  binaryKernel("LessEqual", "lessEqual", ["a", "b"], "bool"),
  binaryKernel("Greater", "greater", ["a", "b"], "bool"),
  binaryKernel("GreaterEqual", "greaterEqual", ["a", "b"], "bool"),
  addNKernel,
  selectKernel,
];
