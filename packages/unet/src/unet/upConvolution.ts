import { perChannel } from "@ddl/backend-simd/operations";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import {
  add,
  conv2dTranspose,
  getBackend,
  getKernel,
  matMul,
  reshape,
  serialization,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { type initializers, layers } from "@tensorflow/tfjs-layers";

type Initializer = ReturnType<typeof initializers.zeros>;

/** Options of {@link UpConvolution}. */
export interface UpConvolutionArgs {
  /** Output channels. */
  filters: number;
  /** Size of the kernel, which is its stride as well: 2 or 3 numbers, one an axis. */
  strides: readonly number[];
  kernelInitializer?: Initializer | serialization.ConfigDict;
  biasInitializer?: Initializer | serialization.ConfigDict;
  name?: string;
  trainable?: boolean;
}

/**
 * A transposed convolution of images or volumes whose kernel is as long as its stride, so that no two outputs of a tap overlap: torch's
 * `ConvTranspose2d` and `ConvTranspose3d`. It can be trained on every backend; tfjs's own has no gradient for volumes, and none on `wasm`.
 *
 * Input (batch, …space, channels); result (batch, …space · strides, filters). **Weights**: `kernel` (…strides, filters, channels), as
 * tf.layers has it, and `bias` (filters).
 */
export class UpConvolution extends layers.Layer {
  static className: string = "DdlUpConvolution";

  readonly #filters: number;
  readonly #strides: readonly number[];
  /** Resolves and serialises the initialisers; it has no weights. */
  readonly #plain: layers.Layer;
  #kernel: LayerVariable | undefined;
  #bias: LayerVariable | undefined;

  constructor({ filters, strides, kernelInitializer, biasInitializer, ...rest }: UpConvolutionArgs) {
    super(rest);
    this.#filters = filters;
    this.#strides = [...strides];
    const given = { ...(kernelInitializer && { kernelInitializer }), ...(biasInitializer && { biasInitializer }) };
    this.#plain = layers.conv2d({ filters: 1, kernelSize: 1, name: "settings", ...structured(given) } as never);
    this.inputSpec = [{ ndim: strides.length + 2 }];
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = (inputShape as Shape).at(-1)!;
    const given = this.#plain as unknown as Record<"kernelInitializer" | "biasInitializer", Initializer>;
    const shape = [...this.#strides, this.#filters, channels];
    this.#kernel = this.addWeight("kernel", shape, "float32", given.kernelInitializer);
    this.#bias = this.addWeight("bias", [this.#filters], "float32", given.biasInitializer);
    this.inputSpec = [{ ndim: shape.length, axes: { [shape.length - 1]: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const kernel = this.#kernel!.read();
      const shape = this.computeOutputShape(x.shape) as number[];
      // One operation where tfjs has it with its gradients.
      const whole = this.#strides.length === 2 && getKernel("Conv2DBackpropFilter", getBackend()) !== undefined;
      const y = whole
        ? conv2dTranspose(x as Tensor4D, kernel as Tensor4D, shape as never, this.#strides as [number, number], "valid")
        : this.#interleave(x, kernel, shape);
      return add(y, perChannel(y, this.#bias!.read()));
    });
  }

  /** A product of matrices gives every tap of every pixel; axis by axis, from the last, taps go between the pixels. */
  #interleave(x: Tensor, kernel: Tensor, shape: number[]): Tensor {
    const strides = this.#strides;
    const [batch, ...space] = x.shape.slice(0, -1) as [number, ...number[]];
    const channels = x.shape.at(-1)!;
    const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);
    // (…taps, filters, channels) times (pixels, channels): (pixels, …taps, filters).
    const taps = reshape(kernel, [product(strides) * this.#filters, channels]);
    let y = matMul(reshape(x, [batch * product(space), channels]), taps, false, true);
    let done = this.#filters;
    for (let axis = space.length - 1; axis > 0; axis--) {
      const before = batch * product(space.slice(0, axis));
      const outer = product(strides.slice(0, axis));
      const inner = strides[axis]! * done;
      y = transpose(reshape(y, [before, space[axis]!, outer, inner]), [0, 2, 1, 3]);
      done = space[axis]! * inner;
    }
    return reshape(y, shape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, ...rest] = inputShape as Shape;
    const space = rest.slice(0, -1).map((n, k) => (n == null ? null : n * this.#strides[k]!));
    return [batch!, ...space, this.#filters];
  }

  override getConfig(): serialization.ConfigDict {
    const { kernelInitializer, biasInitializer } = this.#plain.getConfig();
    const own = { filters: this.#filters, strides: [...this.#strides], kernelInitializer, biasInitializer };
    return { ...own, ...super.getConfig() } as serialization.ConfigDict;
  }
}

/** Copies of configurations, which tf.layers writes into. */
function structured<T extends object>(given: T): T {
  const plain = (value: unknown): boolean => Object.getPrototypeOf(value) === Object.prototype;
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, plain(value) ? structuredClone(value) : value]),
  ) as T;
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(UpConvolution);
