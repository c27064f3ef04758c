import { ArgumentError, expectBoolean, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { type serialization, tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import { torchDefault } from "./initializers.js";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf, layerKeys, pick } from "./layerArgs.js";
import type { Padding, PerAxis, WindowAxis } from "./slidingWindow.js";
import { expectPadding, perAxis, windowsShape } from "./slidingWindow.js";
import type { CallArguments, Initializer, Regularizer } from "./torchLayer.js";
import { channelsOf, inputOf, shapeOf, TorchLayer } from "./torchLayer.js";

type PlainArgs = Parameters<typeof layers.conv2d>[0];
type Resolved = "kernelInitializer" | "biasInitializer" | "kernelRegularizer" | "biasRegularizer";

/** Options of the convolutions here; `Axes` are the numbers that an axis-wise option takes. */
export interface ConvolutionArgs extends LayerArgs, Pick<PlainArgs, Resolved> {
  /** Output channels, an integer ≥ 1. */
  filters: number;
  /** Taps of the filter, one number or one an axis, integers ≥ 1. */
  kernelSize: PerAxis;
  /** Steps between windows, one number or one an axis, integers ≥ 1; with any dilation. Default 1. */
  strides?: PerAxis;
  /**
   * Zeros around the image: on all sides (default 0), on both sides of each axis `[y, x]`, `[before, after]` an axis, `"valid"` (none) or
   * `"same"` (tfjs's: the result has ⌈size / stride⌉ pixels).
   */
  padding?: Padding;
  /** Distances between taps, one number or one an axis, integers ≥ 1. Default 1. */
  dilations?: PerAxis;
  /** Adds a number a channel. Default true. */
  useBias?: boolean;
}

const resolvedKeys: Resolved[] = ["kernelInitializer", "biasInitializer", "kernelRegularizer", "biasRegularizer"];
const ownKeys = ["filters", "kernelSize", "strides", "padding", "dilations", "useBias"] as const;

interface Settings {
  filters: number;
  kernelSize: number[];
  strides: number[];
  padding: Padding;
  dilations: number[];
  groups: number;
  useBias: boolean;
}

function settingsOf(name: string, args: ConvolutionArgs, groups: number | undefined, axes: number): Settings {
  const { filters, strides = 1, padding = 0, dilations = 1, useBias = true } = args;
  const positive = { integer: true, min: 1 };
  const settings = {
    filters: expectNumber(name, "filters", filters, positive),
    kernelSize: perAxis(name, "kernelSize", args.kernelSize, axes),
    strides: perAxis(name, "strides", strides, axes),
    padding: expectPadding(name, padding, axes),
    dilations: perAxis(name, "dilations", dilations, axes),
    groups: expectNumber(name, "groups", groups ?? 1, positive),
    useBias: expectBoolean(name, "useBias", useBias),
  };
  if (settings.filters % settings.groups !== 0) {
    const expected = `divide the ${settings.filters} filters`;
    throw new ArgumentError({ functionName: name, argument: "groups", expected, received: settings.groups });
  }
  return settings;
}

/** A convolution over some axes of space, with torch's padding and torch's initial weights. */
export abstract class ConvolutionLayer extends TorchLayer {
  protected readonly settings: Settings;
  readonly #label: string;
  /** Resolves and serialises initialisers and regularisers; it has no weights. */
  readonly #plain: layers.Layer;
  readonly #args: Pick<PlainArgs, Resolved>;
  readonly #grouped: boolean;
  #kernel: LayerVariable | undefined;
  #bias: LayerVariable | undefined;

  constructor(label: string, args: ConvolutionArgs & { groups?: number }, axes: number, grouped: boolean) {
    const known = [...ownKeys, ...(grouped ? (["groups"] as const) : []), ...resolvedKeys, ...layerKeys];
    expectOptions(label, args, known);
    const settings = settingsOf(label, args, args.groups, axes);
    super(layerArgsOf(label, args));
    this.#label = label;
    this.settings = settings;
    this.#grouped = grouped;
    // tf.layers writes into a configuration that it is given.
    this.#args = Object.fromEntries(
      Object.entries(pick(args, resolvedKeys)).map(([key, value]) => [
        key,
        isPlain(value) ? structuredClone(value) : value,
      ]),
    );
    this.#plain = layers.conv2d({ ...this.#args, filters: 1, kernelSize: 1, name: "settings" });
    this.inputSpec = [{ ndim: axes + 2 }];
  }

  /** Windows an axis. */
  protected get windows(): WindowAxis[] {
    const { kernelSize, strides, padding, dilations } = this.settings;
    return kernelSize.map((taps, k) => ({ taps, stride: strides[k]!, dilation: dilations[k]!, padding }));
  }

  protected abstract convolve(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor;

  override build(inputShape: Shape | Shape[]): void {
    const { filters, kernelSize, groups, useBias } = this.settings;
    const channels = channelsOf(this.#label, inputShape, kernelSize.length + 2);
    if (channels % groups !== 0) {
      const expected = `divide the ${channels} input channels`;
      throw new ShapeError({ functionName: this.#label, argument: "groups", expected, received: groups });
    }
    const shape = [...kernelSize, channels / groups, filters];
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const given = this.#plain as unknown as Record<Resolved, Initializer & Regularizer>;
    const initializer = (key: "kernel" | "bias"): Initializer =>
      this.#args[`${key}Initializer`] === undefined
        ? torchDefault({ name: `${this.name}/${key}`, fanIn })
        : given[`${key}Initializer`];
    const regularized = (key: "kernel" | "bias") => ({ regularizer: given[`${key}Regularizer`] as Regularizer });
    this.#kernel = this.addFloats("kernel", shape, initializer("kernel"), regularized("kernel"));
    if (useBias) this.#bias = this.addFloats("bias", [filters], initializer("bias"), regularized("bias"));
    this.inputSpec = [{ ndim: shape.length, axes: { [shape.length - 1]: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = inputOf(inputs);
      this.computeOutputShape(x.shape);
      return this.convolve(x, this.#kernel!.read(), this.#bias?.read());
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return windowsShape(this.#label, shapeOf(inputShape), this.windows, { channels: this.settings.filters });
  }

  override getConfig(): serialization.ConfigDict {
    const { groups, ...settings } = this.settings;
    const resolved = pick(this.#plain.getConfig() as Record<Resolved, unknown>, Object.keys(this.#args) as Resolved[]);
    return {
      ...settings,
      ...(this.#grouped ? { groups } : {}),
      ...resolved,
      ...super.getConfig(),
    } as serialization.ConfigDict;
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
