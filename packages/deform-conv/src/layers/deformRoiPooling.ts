import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, concat, matMul, mul, relu, reshape, serialization, sigmoid, tensor2d, tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, layers, Shape } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import { deformRoiPool } from "../deformRoiPool/index.js";
import { expectTensor } from "../input/expectTensor.js";
import { modulatedDeformRoiPool } from "../modulatedDeformRoiPool/index.js";
import { roiAlign } from "../roiAlign/index.js";
import { DeformableLayer } from "./deformableLayer.js";
import type { DeformRoiPoolingArgs, DeformRoiPoolingSettings } from "./deformRoiPoolingArgs.js";
import { roiPoolingSettingsOf } from "./deformRoiPoolingArgs.js";
import { layerArgsOf } from "./layerArgs.js";
import { slowed } from "./offsetBranch.js";

/** A fully connected layer of the branch. */
interface Dense {
  kernel: LayerVariable;
  bias: LayerVariable;
}

const name = "DeformRoiPooling";

/**
 * Pools RoIs of images and learns where to look: fully connected layers on the plain `roiAlign` (aligned) of each RoI, of which the last
 * starts at 0, make the offsets of `deformRoiPool` and, with `modulated`, the mask of `modulatedDeformRoiPool`. It starts as that `roiAlign`.
 *
 * Two inputs: images (batch, height, width, channels) and RoIs of each image (batch, RoIs, 4), rows of [x1, y1, x2, y2]; float32, channels
 * fixed. Result (batch, RoIs, bins along y, bins along x, channels). An RoI that stands for none is one without length, and gives 0. It is
 * registered: a program that imports this sub-path loads models that have it.
 *
 * **Weights**, in this order: `hidden1_kernel` (bins · channels, units), `hidden1_bias` and so on for each of `hiddenUnits`, which a ReLU
 * follows, `offset_kernel` (units, 2 · bins), `offset_bias`, and with `modulated` `mask_kernel` (units, bins), `mask_bias`. Features come in
 * the order (row, column, channel), offsets in (row, column, [dy, dx]): turn published weights, which have (channel, row, column) and (x or y,
 * row, column). They are stored divided by `offsetLearningRate`, which slows them under every optimiser: see {@link DeformConv2D}. Kernels of
 * hidden layers begin with a standard deviation of 0.01 in use.
 *
 * Pools twice, with the memory of `deformRoiPool`; reads RoIs and offsets at once, so a GPU is waited for.
 *
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for inputs that they do not fit
 * @example
 * ```ts
 * const inputs = [tf.input({ shape: [40, 48, 16] }), tf.input({ shape: [8, 4] })];
 * const pooled = new DeformRoiPooling({ outputSize: 7, spatialScale: 1 / 16 }).apply(inputs); // (batch, 8, 7, 7, 16)
 * ```
 *
 * Source: Dai et al. 2017 (`dai2017`), section 2.2; Zhu et al. 2019 (`zhu2019deformable`), section 3.2.
 */
export class DeformRoiPooling extends DeformableLayer {
  static className: string = name;

  readonly #settings: DeformRoiPoolingSettings;
  #hidden: Dense[] = [];
  /** The last layer, or two: offsets and mask. */
  #last: Dense[] = [];

  constructor(args: DeformRoiPoolingArgs) {
    const settings = roiPoolingSettingsOf(name, args);
    super(layerArgsOf(name, args));
    this.#settings = settings;
    this.inputSpec = [{ ndim: 4 }, { ndim: 3, axes: { 2: 4 } }];
  }

  override build(inputShape: Shape | Shape[]): void {
    const [image] = twoShapes(inputShape);
    const { outputSize, modulated, hiddenUnits, offsetLearningRate } = this.#settings;
    const bins = outputSize[0] * outputSize[1];
    const channels = image[3]!;
    const zeros = initializers.zeros();
    const small = initializers.randomNormal({ mean: 0, stddev: 0.01 / offsetLearningRate });
    const dense = (key: string, inputs: number, outputs: number, initializer = zeros): Dense => ({
      kernel: this.addFloats(`${key}_kernel`, [inputs, outputs], initializer),
      bias: this.addFloats(`${key}_bias`, [outputs], zeros),
    });
    const widths = [bins * channels, ...hiddenUnits];
    this.#hidden = hiddenUnits.map((units, k) => dense(`hidden${k + 1}`, widths[k]!, units, small));
    this.#last = [dense("offset", widths.at(-1)!, 2 * bins)];
    if (modulated) this.#last.push(dense("mask", widths.at(-1)!, bins));
    this.inputSpec = [
      { ndim: 4, axes: { 3: channels } },
      { ndim: 3, axes: { 2: 4 } },
    ];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const [x, boxes] = inputs as [Tensor, Tensor];
      const shape = this.computeOutputShape([x.shape, boxes.shape]) as number[];
      expectTensor(name, "RoIs", boxes, [x.shape[0]!, -1, 4], "batch of the images, RoIs, [x1, y1, x2, y2]");
      return reshape(this.#pool(x, numbered(boxes)), shape);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [image, rois] = twoShapes(inputShape);
    return [image[0]!, rois[1]!, ...this.#settings.outputSize, image[3]!] as Shape;
  }

  override getConfig(): serialization.ConfigDict {
    const { maskGain, ...settings } = this.#settings;
    const own = settings.modulated ? { ...settings, maskGain } : settings;
    return { ...own, ...super.getConfig() } as serialization.ConfigDict;
  }

  /** The pooled bins of RoIs, rows of 5. */
  #pool(x: Tensor, rois: Tensor): Tensor {
    const { gamma, maskGain, outputSize, spatialScale, samplingRatio } = this.#settings;
    const sampling = { outputSize, spatialScale, samplingRatio };
    const count = rois.shape[0]!;
    const plain = roiAlign(x, rois, { ...sampling, aligned: true });
    if (count === 0) return plain;
    const features = this.#hidden.reduce<Tensor>(
      (h, layer) => relu(this.#apply(layer, h)),
      reshape(plain, [count, -1]),
    );
    const [offset, mask] = this.#last.map((layer) =>
      reshape(this.#apply(layer, features), [count, ...outputSize, layer === this.#last[0] ? 2 : 1]),
    ) as [Tensor, Tensor?];
    if (mask === undefined) return deformRoiPool(x, rois, offset, { ...sampling, gamma });
    return modulatedDeformRoiPool(x, rois, offset, { ...sampling, gamma, mask: mul(sigmoid(mask), maskGain) });
  }

  #apply({ kernel, bias }: Dense, features: Tensor): Tensor {
    const used = (variable: LayerVariable) => slowed(variable.read(), this.#settings.offsetLearningRate);
    return add(matMul(features, used(kernel)), used(bias));
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(DeformRoiPooling);

/** RoIs of each image, as rows that begin with the image's index. */
function numbered(boxes: Tensor): Tensor {
  const [batch, count] = boxes.shape as [number, number];
  const images = Float32Array.from({ length: batch * count }, (_, k) => Math.floor(k / count));
  return concat([tensor2d(images, [batch * count, 1]), reshape(boxes, [batch * count, 4])], 1);
}

/** The shapes of images and RoIs. @throws ShapeError */
function twoShapes(given: Shape | Shape[]): [Shape, Shape] {
  const [image, rois] = (Array.isArray(given[0]) ? given : [given]) as [Shape, Shape?];
  if (image.length !== 4 || image[3] == null || rois?.length !== 3 || rois[2] !== 4) {
    const expected = "be images, (batch, height, width, channels), channels known, and RoIs, (batch, RoIs, 4)";
    throw new ShapeError({ functionName: name, argument: "inputs", expected, received: given });
  }
  return [image, rois];
}
