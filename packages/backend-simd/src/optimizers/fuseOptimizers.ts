import type { NamedTensorMap, Tensor, Variable } from "@tensorflow/tfjs-core";
import {
  AdamOptimizer,
  add,
  backend,
  engine,
  getBackend,
  MomentumOptimizer,
  mul,
  SGDOptimizer,
  tidy,
  zerosLike,
} from "@tensorflow/tfjs-core";

type Gradients = NamedTensorMap | { name: string; tensor: Tensor }[];

interface Slot {
  originalName: string;
  variable: Variable;
}

/** What is used here of tfjs's optimisers, most of it protected. */
interface Optimizer {
  learningRate: number;
  momentum: number;
  useNesterov: boolean;
  beta1: number;
  beta2: number;
  epsilon: number;
  accBeta1: Variable;
  accBeta2: Variable;
  accumulations: Slot[];
  accumulatedFirstMoment: Slot[];
  accumulatedSecondMoment: Slot[];
  applyGradients(gradients: Gradients): void;
  incrementIterations(): void;
}

type Update = (optimizer: Optimizer, value: Variable, gradient: Tensor, index: number) => void;

const fused: unique symbol = Symbol.for("@ddl/backend-simd/optimizer") as never;

/**
 * Puts one pass over memory behind `tf.train.sgd`, `momentum` and `adam` while this backend is in use; on others they stay as they are.
 * What they remember, save and restore is the same.
 */
export function fuseOptimizers(): void {
  fuse(SGDOptimizer.prototype, ({ learningRate }, value, gradient) => {
    step("SimdSgd", { parameters: value, gradients: gradient }, { learningRate });
  });
  fuse(MomentumOptimizer.prototype, (optimizer, value, gradient, index) => {
    const { learningRate, momentum, useNesterov: nesterov } = optimizer;
    const velocities = slot(optimizer.accumulations, index, value, "momentum");
    step("SimdMomentum", { parameters: value, gradients: gradient, velocities }, { learningRate, momentum, nesterov });
  });
  fuse(
    AdamOptimizer.prototype,
    (optimizer, value, gradient, index) => {
      const { learningRate, beta1, beta2, epsilon } = optimizer;
      const firstMoments = slot(optimizer.accumulatedFirstMoment, index, value, "m");
      const secondMoments = slot(optimizer.accumulatedSecondMoment, index, value, "v");
      step(
        "SimdAdam",
        { parameters: value, gradients: gradient, firstMoments, secondMoments },
        {
          beta1,
          beta2,
          epsilon,
          step: learningRate / (1 - optimizer.accBeta1.dataSync()[0]!),
          rootCorrection: 1 / Math.sqrt(1 - optimizer.accBeta2.dataSync()[0]!),
        },
      );
    },
    (optimizer) => {
      tidy(() => {
        optimizer.accBeta1.assign(mul(optimizer.accBeta1, optimizer.beta1));
        optimizer.accBeta2.assign(mul(optimizer.accBeta2, optimizer.beta2));
      });
    },
  );
}

function fuse(prototype: object, update: Update, afterAll: (optimizer: Optimizer) => void = () => {}): void {
  const optimizer = prototype as Optimizer & { [fused]?: true };
  if (Object.hasOwn(optimizer, fused)) return;
  const own = optimizer.applyGradients;
  optimizer.applyGradients = function (this: Optimizer, gradients: Gradients): void {
    const list = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const variables = list.map(({ name }) => engine().registeredVariables[name]!);
    if (getBackend() !== "simd" || variables.some(({ dtype }) => dtype !== "float32")) {
      own.call(this, gradients);
      return;
    }
    for (const [index, { tensor }] of list.entries()) {
      if (tensor != null) update(this, variables[index]!, tensor, index);
    }
    afterAll(this);
    this.incrementIterations();
  };
  optimizer[fused] = true;
}

/** What an optimiser remembers of a variable, zeros at first. */
function slot(slots: Slot[], index: number, value: Variable, suffix: string): Variable {
  slots[index] ??= {
    originalName: `${value.name}/${suffix}`,
    variable: tidy(() => zerosLike(value).variable(false)),
  };
  return slots[index].variable;
}

/** Runs a kernel that changes variables in place. */
function step(kernelName: string, tensors: Record<string, Tensor>, attrs: Record<string, number | boolean>): void {
  for (const [name, one] of Object.entries(tensors)) {
    // Somebody holds another tensor on this memory, a clone of a weight say: the variable moves to memory of its own.
    if (name !== "gradients" && backend().refCount(one.dataId) > 1) {
      const copy = tidy(() => add(one, 0));
      (one as Variable).assign(copy);
      copy.dispose();
    }
  }
  // The result is another tensor on the parameters' memory.
  (engine().runKernel(kernelName, tensors as never, attrs as never) as Tensor).dispose();
}
