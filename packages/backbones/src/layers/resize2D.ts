import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { NamedAttrMap, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { customGrad, engine, getBackend, image, serialization, tidy } from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import { interpolationMatrix } from "./interpolationMatrix.js";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf, layerKeys } from "./layerArgs.js";
import type { AxisMatrix } from "./separableProduct.js";
import { separableProduct } from "./separableProduct.js";
import { perAxis } from "./slidingWindow.js";
import type { CallArguments } from "./torchLayer.js";
import { channelsOf, inputOf, shapeOf, TorchLayer } from "./torchLayer.js";

/** Options of {@link Resize2D}. */
export interface Resize2DArgs extends LayerArgs {
  /** Factor of both lengths or `[y, x]`, > 0; the result has ⌊length · scale⌋ pixels. Either this or `size`. */
  scale?: number | readonly [number, number];
  /** Pixels of the result, `[rows, columns]` or one number for both, integers ≥ 1. */
  size?: number | readonly [number, number];
  /** Between pixels linear, or the nearest one. Default `"nearest"`, as in torch. */
  mode?: "nearest" | "bilinear";
  /** Only for `"bilinear"`: the corners' pixel centres stay where they are. Default false: the corners of the image stay. */
  alignCorners?: boolean;
}

const name = "Resize2D";

interface Settings {
  scale?: [number, number];
  size?: [number, number];
  mode: "nearest" | "bilinear";
  alignCorners: boolean;
}

/**
 * A layer that is torch's `Upsample` and `interpolate` of images: nearest neighbour, or bilinear with half-pixel centres or aligned corners.
 * Pixel i of a result comes from place (i + ½) / scale − ½, not below 0; with `alignCorners` from i · (n − 1) / (out − 1); the nearest
 * neighbour is pixel ⌊i / scale⌋. The gradients are those of these sums on every backend, which tfjs's own are not.
 *
 * Input (batch, rows, columns, channels), float32; result (batch, outRows, outColumns, channels). With `scale`, places follow from it and not
 * from the rounded lengths, as in torch. It is registered: a program that imports this sub-path loads models that have it.
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that becomes empty
 * @example `const y = resize2D({ scale: 2, mode: "bilinear", name: "up1" }).apply(x)`
 */
export class Resize2D extends TorchLayer {
  static className: string = `Ddl${name}`;

  readonly #settings: Settings;

  constructor(args: Resize2DArgs) {
    const known = ["scale", "size", "mode", "alignCorners", ...layerKeys] as const;
    const { scale, size, mode = "nearest", alignCorners = false } = expectOptions(name, args, known);
    if ((scale == null) === (size == null)) {
      const expected = size == null ? "be given if scale is not" : "be left out with scale";
      throw new ArgumentError({ functionName: name, argument: "size", expected, received: size });
    }
    const settings: Settings = {
      ...(scale == null ? {} : { scale: pairOfFactors(scale) }),
      ...(size == null ? {} : { size: perAxis(name, "size", size, 2) as [number, number] }),
      mode: expectOneOf(name, "mode", mode, ["nearest", "bilinear"]),
      alignCorners: expectBoolean(name, "alignCorners", alignCorners),
    };
    if (alignCorners && mode === "nearest") {
      const expected = 'be left out with mode "nearest"';
      throw new ArgumentError({ functionName: name, argument: "alignCorners", expected, received: alignCorners });
    }
    super(layerArgsOf(name, args));
    this.#settings = settings;
    this.inputSpec = [{ ndim: 4 }];
  }

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = inputOf(inputs) as Tensor4D;
      const [, rows, columns] = this.computeOutputShape(x.shape) as [number, number, number];
      return rows === x.shape[1] && columns === x.shape[2] ? x.clone() : this.#resize(x, [rows, columns]);
    });
  }

  #resize(x: Tensor4D, size: [number, number]): Tensor4D {
    const { scale, mode, alignCorners } = this.#settings;
    const lengths = x.shape.slice(1, 3) as [number, number];
    const axes = lengths.map((length, k) => ({
      ...{ length, count: size[k]!, step: scale === undefined ? length / size[k]! : 1 / scale[k]! },
      ...{ mode, alignCorners },
    }));
    // tfjs's operations take the step from the lengths.
    const known = alignCorners || axes.every(({ length, count, step }) => Math.abs(length / count - step) < 1e-12);
    const matrices = axes.map((axis): AxisMatrix => ({ ...axis, values: interpolationMatrix(axis) })) as [
      AxisMatrix,
      AxisMatrix,
    ];
    if (!known) return separableProduct(x, matrices);
    const attributes = { alignCorners, halfPixelCenters: mode === "bilinear" && !alignCorners };
    const operation = customGrad((given) => {
      const images = given as Tensor4D;
      const value =
        mode === "nearest"
          ? image.resizeNearestNeighbor(images, size)
          : image.resizeBilinear(images, size, alignCorners, attributes.halfPixelCenters);
      const gradFunc = (dy: Tensor): Tensor => {
        if (getBackend() !== "simd" || engine().state.gradientDepth > 0) {
          return separableProduct(dy, matrices, { transposed: true });
        }
        const kernel = mode === "nearest" ? "ResizeNearestNeighborGrad" : "ResizeBilinearGrad";
        const inputs = { dy, images } as never;
        return engine().runKernel(kernel, inputs, attributes as NamedAttrMap) as Tensor;
      };
      return { value, gradFunc };
    });
    return operation(x) as Tensor4D;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const { scale, size } = this.#settings;
    const channels = channelsOf(name, inputShape, 4);
    const given = shapeOf(inputShape);
    const lengths = [0, 1].map((axis) => {
      const length = given[axis + 1];
      if (size !== undefined) return size[axis]!;
      return length == null ? null : Math.floor(length * scale![axis]!);
    });
    if (lengths.includes(0)) {
      const expected = `have at least one pixel a side when scaled by [${scale?.join(", ")}]`;
      throw new ShapeError({ functionName: name, argument: "input", expected, received: given });
    }
    return [given[0] ?? null, ...lengths, channels];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...this.#settings, ...super.getConfig() };
  }
}

function pairOfFactors(scale: unknown): [number, number] {
  const pair = Array.isArray(scale) ? scale : [scale, scale];
  if (pair.length !== 2) {
    const expected = "be a number or have 2 entries, one an axis";
    throw new ShapeError({ functionName: name, argument: "scale", expected, received: scale });
  }
  return pair.map((factor) => expectNumber(name, "scale", factor, { above: 0 })) as [number, number];
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(Resize2D);

/** Makes a {@link Resize2D}. */
export function resize2D(args: Resize2DArgs): Resize2D {
  return new Resize2D(args);
}
