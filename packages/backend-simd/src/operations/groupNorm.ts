import { expectNumber, expectOptions, RangeArgumentError, ShapeError } from "@ddl/core";
import type { GradSaveFunc, Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  cast,
  customGrad,
  engine,
  getBackend,
  getKernel,
  grads,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  tidy,
  util,
} from "@tensorflow/tfjs-core";
import { expectTensor } from "./expectTensor.js";
import { perChannel } from "./perChannel.js";

/** Options of {@link groupNorm}. */
export interface GroupNormOptions {
  /** Number of groups of neighbouring channels; a divisor of the number of channels. 1 normalises each image as a whole. */
  groups: number;
  /** Factor of each channel, shape [channels]. Default: 1. */
  scale?: Tensor | undefined;
  /** Added to each channel, shape [channels]. Default: 0. */
  offset?: Tensor | undefined;
  /** Added to the variance, > 0. Default 1e-5. */
  epsilon?: number | undefined;
}

/**
 * Group normalisation: (x − mean) / √(variance + epsilon) · scale + offset, with the mean and the biased variance of each image and group
 * of neighbouring channels over all its pixels. Training and inference are the same, and images do not depend on each other.
 *
 * On the backend `simd` two passes forward and two backward, in WebAssembly; elsewhere, and for other types than float32, made of tfjs's
 * operations. It has gradients with respect to x, scale and offset, and these have gradients too.
 *
 * @param x (batch, …space, channels), at least two axes; numbers that are not float32 become so
 * @returns float32, the shape of x
 * @throws ArgumentError for what is no tensor of numbers, and for an unknown option; ShapeError for fewer than two axes and for another
 *   shape of `scale` or `offset` than [channels]; RangeArgumentError if `groups` does not divide the channels, or for epsilon ≤ 0
 * @example
 * ```ts
 * const y = groupNorm(x, { groups: 8, scale, offset }); // x: [batch, rows, columns, 32]; scale, offset: [32]
 * ```
 *
 * Source: Wu and He 2018 (`wu2018`); groups and epsilon are those of torch's `group_norm`, whose channels come second.
 */
export function groupNorm(x: Tensor, options: GroupNormOptions): Tensor {
  expectOptions("groupNorm", options, ["groups", "scale", "offset", "epsilon"]);
  expectTensor("groupNorm", "x", x);
  const channels = expectChannels("groupNorm", x);
  const groups = expectNumber("groupNorm", "groups", options.groups, { min: 1, integer: true });
  if (channels % groups !== 0) {
    const expected = `divide the ${channels} channels of x`;
    throw new RangeArgumentError({ functionName: "groupNorm", argument: "groups", expected, received: groups });
  }
  return normalizeGroups("groupNorm", x, groups, options);
}

/** The number of channels of x (batch, …space, channels). @throws ShapeError for fewer than two axes, or no channels */
export function expectChannels(functionName: string, x: Tensor): number {
  const channels = x.shape.at(-1);
  if (x.shape.length < 2 || channels === undefined || channels === 0) {
    const expected = "have at least 2 axes (batch, …space, channels) and 1 channel";
    throw new ShapeError({ functionName, argument: "x", expected, received: x.shape });
  }
  return channels;
}

/** Normalises by groups that are known to divide the channels; the other options are checked in the name of `functionName`. */
export function normalizeGroups(
  functionName: string,
  x: Tensor,
  groups: number,
  { scale, offset, epsilon = 1e-5 }: Omit<GroupNormOptions, "groups">,
): Tensor {
  const channels = x.shape.at(-1)!;
  expectNumber(functionName, "epsilon", epsilon, { above: 0 });
  for (const [argument, one] of [["scale", scale] as const, ["offset", offset] as const]) {
    if (one === undefined) continue;
    expectTensor(functionName, argument, one);
    if (one.shape.length !== 1 || one.shape[0] !== channels) {
      throw new ShapeError({ functionName, argument, expected: `have shape [${channels}]`, received: one.shape });
    }
  }
  const inputs: Inputs = { x, ...(scale && { scale }), ...(offset && { offset }) };
  const kernels = ["SimdGroupNorm", "SimdGroupNormGrad"];
  const fused =
    kernels.every((name) => getKernel(name, getBackend()) !== undefined) &&
    Object.values(inputs).every(({ dtype }) => dtype === "float32");
  return fused ? fusedGroupNorm(inputs, { groups, epsilon }) : composedGroupNorm(inputs, { groups, epsilon });
}

interface Inputs {
  x: Tensor;
  scale?: Tensor;
  offset?: Tensor;
}

interface Attributes {
  groups: number;
  epsilon: number;
}

/** By tfjs's operations and their gradients. */
function composedGroupNorm({ x, scale, offset }: Inputs, { groups, epsilon }: Attributes): Tensor {
  return tidy(() => {
    const channels = x.shape.at(-1)!;
    const pixels = util.sizeFromShape(x.shape.slice(1, -1));
    const grouped = reshape(cast(x, "float32"), [x.shape[0]!, pixels, groups, channels / groups]);
    const deviation = sub(grouped, mean(grouped, [1, 3], true));
    const variance = mean(square(deviation), [1, 3], true);
    const normal = reshape(mul(deviation, rsqrt(add(variance, epsilon))), x.shape);
    const scaled = scale === undefined ? normal : mul(normal, perChannel(x, cast(scale, "float32")));
    return offset === undefined ? scaled : add(scaled, perChannel(x, cast(offset, "float32")));
  });
}

/** By the kernels of the backend. */
function fusedGroupNorm(inputs: Inputs, attributes: Attributes): Tensor {
  const names = Object.keys(inputs) as (keyof Inputs)[];
  const operation = customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.at(-1) as GradSaveFunc;
    const given = named(names, args as Tensor[]);
    const [y, ofMean, ofVariance] = runKernel("SimdGroupNorm", { ...given }, attributes);
    save([...names.map((name) => given[name]!), ofMean!, ofVariance!]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const own = named(names, saved);
      // Inside a gradient of a gradient: one that has gradients itself.
      if (engine().state.gradientDepth > 0) {
        const again = (...tensors: Tensor[]): Tensor => composedGroupNorm(named(names, tensors), attributes);
        return grads(again)(saved.slice(0, names.length), dy);
      }
      const [mean, variance] = saved.slice(names.length);
      const { offset: _, ...needed } = own;
      const [dx, dScale, dOffset] = runKernel(
        "SimdGroupNormGrad",
        { ...needed, dy, mean: mean!, variance: variance! },
        attributes,
      );
      const made = { x: dx!, scale: dScale!, offset: dOffset! };
      return names.map((name) => made[name]);
    };
    return { value: y!, gradFunc: gradFunc as never };
  });
  return operation(...names.map((name) => inputs[name]!));
}

/** The first tensors of a list under the names that they have as inputs. */
function named(names: readonly (keyof Inputs)[], tensors: readonly Tensor[]): Inputs {
  return Object.fromEntries(names.map((name, k) => [name, tensors[k]!])) as unknown as Inputs;
}

function runKernel(kernelName: string, inputs: Record<string, Tensor>, attributes: Attributes): Tensor[] {
  return engine().runKernel(kernelName, inputs, { ...attributes }) as Tensor[];
}
