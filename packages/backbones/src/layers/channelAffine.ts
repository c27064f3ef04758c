import { perChannel } from "@ddl/backend-simd/operations";
import { ArgumentError, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, mul, serialization, tensor1d, tidy } from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf, layerKeys } from "./layerArgs.js";
import type { CallArguments } from "./torchLayer.js";
import { channelsOf, inputOf, shapeOf, TorchLayer } from "./torchLayer.js";

/** Options of {@link ChannelAffine}. */
export interface ChannelAffineArgs extends LayerArgs {
  /** Factor of each channel. */
  scale: readonly number[];
  /** What is added to each channel thereafter. */
  offset: readonly number[];
}

const name = "ChannelAffine";

/**
 * A layer that multiplies each channel by a fixed number and adds another: x · scale + offset. It has no weights.
 *
 * Input (batch, …space, channels), float32; the result is as large. It is registered: a program that imports this sub-path loads models that
 * have it.
 * @throws ArgumentError, ShapeError, RangeArgumentError
 * @example `const y = channelAffine({ scale: [0.5, 2, 1], offset: [0, 0, -1] }).apply(x)`
 */
export class ChannelAffine extends TorchLayer {
  static className: string = `Ddl${name}`;

  readonly #scale: number[];
  readonly #offset: number[];

  constructor(args: ChannelAffineArgs) {
    const { scale, offset } = expectOptions(name, args, ["scale", "offset", ...layerKeys]);
    const factors = finiteNumbers("scale", scale);
    const summands = finiteNumbers("offset", offset);
    if (summands.length !== factors.length) {
      const expected = `have ${factors.length} numbers, as scale has`;
      throw new ArgumentError({ functionName: name, argument: "offset", expected, received: offset });
    }
    super(layerArgsOf(name, args));
    this.#scale = factors;
    this.#offset = summands;
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = channelsOf(name, inputShape);
    if (channels !== this.#scale.length) {
      const expected = `have ${this.#scale.length} channels, as many as scale has numbers`;
      throw new ShapeError({ functionName: name, argument: "input", expected, received: shapeOf(inputShape) });
    }
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = inputOf(inputs);
      return add(mul(x, perChannel(x, tensor1d(this.#scale))), perChannel(x, tensor1d(this.#offset)));
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return shapeOf(inputShape);
  }

  override getConfig(): serialization.ConfigDict {
    return { scale: this.#scale, offset: this.#offset, ...super.getConfig() };
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(ChannelAffine);

/** Makes a {@link ChannelAffine}. */
export function channelAffine(args: ChannelAffineArgs): ChannelAffine {
  return new ChannelAffine(args);
}

function finiteNumbers(argument: string, values: readonly number[]): number[] {
  if (!Array.isArray(values) || values.length === 0) {
    throw new ArgumentError({
      functionName: name,
      argument,
      expected: "be an array of at least one number",
      received: values,
    });
  }
  return values.map((value, k) => expectNumber(name, `${argument}[${k}]`, value));
}
