import { expectOneOf } from "@ddl/core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { BackboneBuilder } from "./backboneBuilder.js";
import { backboneSettingsOf } from "./backboneOptions.js";
import type { InceptionOptions } from "./inception.js";
import { basicConvolution, headSettingsOf, imageOf, joined } from "./inception.js";
import { averagePooling2D } from "./layers/averagePooling2D.js";
import { normal } from "./layers/initializers.js";
import { maxPooling2D } from "./layers/maxPooling2D.js";

/** Options of {@link inceptionV3}. */
export interface InceptionV3Options extends InceptionOptions {
  /**
   * `"valid"` (default, torchvision's): the stem and every halving lose the border. `"same"`: they keep it, so that the pyramid has 1/2, 1/4, …
   * of the image's size, rounded up; for encoders. The weights are the same.
   */
  padding?: "valid" | "same";
}

const name = "inceptionV3";

/** Name, kernel and filters of the convolutions of a branch, one behind the other. */
type Branch = readonly (readonly [name: string, kernel: readonly [number, number], filters: number])[];

/**
 * Inception V3 as torchvision has it.
 *
 * Without `classes` the model gives the pyramid [C1, …, C5] of `Conv2d_2b_3x3`, `Conv2d_4a_3x3`, `Mixed_5d`, `Mixed_6e` and `Mixed_7c`: 64, 192,
 * 288, 768 and 2048 channels at about 1/2 to 1/32 of the image's size, with `padding: "same"` at exactly these. With `classes` it gives logits
 * (batch, classes), and with `auxiliary`, which needs some 299 pixels a side, [logits, auxiliary logits]; then with three channels and batch
 * normalisation it has torchvision's number of parameters. Layers are named by torch's module paths, `Mixed_5b.branch1x1.conv`.
 *
 * Weights start normal with the deviations of torchvision. Its pretrained weights need `transformInput`.
 * @throws ArgumentError, ShapeError, RangeArgumentError
 * @example
 * ```ts
 * const classifier = inceptionV3({ inputShape: [299, 299, 3], classes: 10 });
 * const encoder = inceptionV3({ padding: "same", prefix: "encoder." });
 * ```
 *
 * Source: Szegedy et al. 2016 (`szegedy2016`), with batch normalisation in the auxiliary head.
 */
export function inceptionV3(options: InceptionV3Options = {}): LayersModel {
  const settings = backboneSettingsOf(name, options, ["auxiliary", "dropout", "transformInput", "padding"]);
  const { auxiliary, dropout } = headSettingsOf(name, options, { dropout: 0.5 });
  const { padding = "valid" } = options;
  const border = expectOneOf(name, "padding", padding, ["valid", "same"]) === "same" ? 1 : 0;
  const builder = new BackboneBuilder(settings, kernelStart, 1e-3);
  const convolution = (
    x: SymbolicTensor,
    layer: string,
    kernelSize: number,
    filters: number,
    around = 0,
    strides = 1,
  ) => basicConvolution(builder, x, layer, { kernelSize, filters, strides, padding: around });
  const halved = (x: SymbolicTensor, layer: string): SymbolicTensor =>
    builder.apply(maxPooling2D({ poolSize: 3, strides: 2, padding: border, name: builder.path(layer) }), x);
  /** Convolutions that keep the size, but for the last one if it halves it. */
  const branch = (x: SymbolicTensor, block: string, parts: Branch, halving = false): SymbolicTensor =>
    parts.reduce((y, [part, [rows, columns], filters], k) => {
      const halves = halving && k === parts.length - 1;
      const around = halves ? border : ([(rows - 1) / 2, (columns - 1) / 2] as const);
      const shape = { kernelSize: [rows, columns] as const, filters, padding: around, strides: halves ? 2 : 1 };
      return basicConvolution(builder, y, `${block}.${part}`, shape);
    }, x);
  const pooled = (x: SymbolicTensor, block: string, filters: number): SymbolicTensor => {
    const layer = averagePooling2D({ poolSize: 3, strides: 1, padding: 1, name: builder.path(`${block}.avgpool`) });
    return convolution(builder.apply(layer, x), `${block}.branch_pool`, 1, filters);
  };
  const join = (block: string, ...branches: SymbolicTensor[]) => joined(builder, block, branches);

  let x = convolution(imageOf(builder, name, options.transformInput), "Conv2d_1a_3x3", 3, 32, border, 2);
  x = convolution(x, "Conv2d_2a_3x3", 3, 32, border);
  const pyramid = [convolution(x, "Conv2d_2b_3x3", 3, 64, 1)];
  x = convolution(halved(pyramid[0]!, "maxpool1"), "Conv2d_3b_1x1", 1, 80);
  x = convolution(x, "Conv2d_4a_3x3", 3, 192, border);
  pyramid.push(x);
  x = halved(x, "maxpool2");
  for (const [block, filters] of [["Mixed_5b", 32] as const, ["Mixed_5c", 64] as const, ["Mixed_5d", 64] as const]) {
    x = join(
      block,
      branch(x, block, [["branch1x1", one, 64]]),
      branch(x, block, [
        ["branch5x5_1", one, 48],
        ["branch5x5_2", [5, 5], 64],
      ]),
      branch(x, block, [
        ["branch3x3dbl_1", one, 64],
        ["branch3x3dbl_2", three, 96],
        ["branch3x3dbl_3", three, 96],
      ]),
      pooled(x, block, filters),
    );
  }
  pyramid.push(x);
  x = join(
    "Mixed_6a",
    branch(x, "Mixed_6a", [["branch3x3", three, 384]], true),
    branch(
      x,
      "Mixed_6a",
      [
        ["branch3x3dbl_1", one, 64],
        ["branch3x3dbl_2", three, 96],
        ["branch3x3dbl_3", three, 96],
      ],
      true,
    ),
    halved(x, "Mixed_6a.maxpool"),
  );
  const blocks = [
    ["Mixed_6b", 128] as const,
    ["Mixed_6c", 160] as const,
    ["Mixed_6d", 160] as const,
    ["Mixed_6e", 192] as const,
  ];
  for (const [block, c] of blocks) {
    x = join(
      block,
      branch(x, block, [["branch1x1", one, 192]]),
      branch(x, block, [
        ["branch7x7_1", one, c],
        ["branch7x7_2", across, c],
        ["branch7x7_3", down, 192],
      ]),
      branch(x, block, [
        ["branch7x7dbl_1", one, c],
        ["branch7x7dbl_2", down, c],
        ["branch7x7dbl_3", across, c],
        ["branch7x7dbl_4", down, c],
        ["branch7x7dbl_5", across, 192],
      ]),
      pooled(x, block, 192),
    );
  }
  pyramid.push(x);
  const deepest = x;
  x = join(
    "Mixed_7a",
    branch(
      x,
      "Mixed_7a",
      [
        ["branch3x3_1", one, 192],
        ["branch3x3_2", three, 320],
      ],
      true,
    ),
    branch(
      x,
      "Mixed_7a",
      [
        ["branch7x7x3_1", one, 192],
        ["branch7x7x3_2", across, 192],
        ["branch7x7x3_3", down, 192],
        ["branch7x7x3_4", three, 192],
      ],
      true,
    ),
    halved(x, "Mixed_7a.maxpool"),
  );
  for (const block of ["Mixed_7b", "Mixed_7c"]) {
    const single = branch(x, block, [["branch3x3_1", one, 384]]);
    const double = branch(x, block, [
      ["branch3x3dbl_1", one, 448],
      ["branch3x3dbl_2", three, 384],
    ]);
    x = join(
      block,
      branch(x, block, [["branch1x1", one, 320]]),
      branch(single, block, [["branch3x3_2a", [1, 3], 384]]),
      branch(single, block, [["branch3x3_2b", [3, 1], 384]]),
      branch(double, block, [["branch3x3dbl_3a", [1, 3], 384]]),
      branch(double, block, [["branch3x3dbl_3b", [3, 1], 384]]),
      pooled(x, block, 192),
    );
  }
  pyramid.push(x);
  if (settings.classes === undefined) return builder.model(pyramid);

  x = builder.dropout(builder.averagePool(x, "avgpool"), "dropout", dropout);
  const logits = builder.linear(x, "fc", settings.classes, kernelStart);
  if (!auxiliary) return builder.model(logits);
  x = averagePooling2D({ poolSize: 5, strides: 3, name: builder.path("AuxLogits.avgpool") }).apply(
    deepest,
  ) as SymbolicTensor;
  x = convolution(convolution(x, "AuxLogits.conv0", 1, 128), "AuxLogits.conv1", 5, 768);
  x = builder.averagePool(x, "AuxLogits.adaptive");
  return builder.model([logits, builder.linear(x, "AuxLogits.fc", settings.classes, kernelStart)]);
}

const one = [1, 1] as const;
const three = [3, 3] as const;
const across = [1, 7] as const;
const down = [7, 1] as const;

/** torchvision's deviations; it cuts the normal distribution at ±2, which is 20 of them. */
function kernelStart(start: { name: string; seed: number }): ReturnType<typeof normal> {
  const deviation = start.name.endsWith("AuxLogits.conv1.conv/kernel") ? 0.01 : 0.1;
  return normal({ ...start, deviation: start.name.endsWith("AuxLogits.fc/kernel") ? 0.001 : deviation });
}
