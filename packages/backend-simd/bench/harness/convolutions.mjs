// The kinds of convolution beside 3×3: shapes, torch's description, and tfjs's kernels for each direction.
import { tf } from "./libraries.mjs";

/** Shapes of a kind for channels and size; every padding is symmetric, which torch can do as well. */
export const kinds = {
  "conv2d 3×3": (channels, size) => convolution(channels, size, { filterSize: 3, padding: 1 }),
  "conv2d 1×1": (channels, size) => convolution(channels, size, { filterSize: 1 }),
  "conv2d 5×5": (channels, size) => convolution(channels, size, { filterSize: 5, padding: 2 }),
  "conv2d 3×3 stride 2": (channels, size) => convolution(channels, size, { filterSize: 3, padding: 1, stride: 2 }),
  "conv2d 3×3 dilation 2": (channels, size) => convolution(channels, size, { filterSize: 3, padding: 2, dilation: 2 }),
  "depthwise 3×3": (channels, size) => convolution(channels, size, { filterSize: 3, padding: 1, depthwise: true }),
  "conv2dTranspose 2×2": (channels, size) => {
    // As in a U-Net: twice the size, half the channels.
    const out = channels / 2;
    const filter = [2, 2, out, channels];
    const multiplications = size * size * channels * 4 * out;
    const [x, dy] = [
      [1, size, size, channels],
      [1, 2 * size, 2 * size, out],
    ];
    return { x, filter, dy, multiplications, stride: 2, padding: 0, dilation: 1, transposed: true };
  },
};

function convolution(channels, size, { filterSize, padding = 0, stride = 1, dilation = 1, depthwise = false }) {
  const outSize = Math.floor((size + 2 * padding - dilation * (filterSize - 1) - 1) / stride) + 1;
  const filter = [filterSize, filterSize, channels, depthwise ? 1 : channels];
  const multiplications = outSize * outSize * filter.reduce((product, n) => product * n, 1);
  const dy = [1, outSize, outSize, channels];
  return { x: [1, size, size, channels], filter, dy, multiplications, stride, padding, dilation, depthwise };
}

/** `forward`, `input` and `filter` gradient of tensors `{ x, filter, dy }`, as the kernels that training runs. */
export function operations({ x, filter, dy, stride, padding, dilation, depthwise, transposed }) {
  const run = (kernel, inputs, attributes) => tf.engine().runKernel(kernel, inputs, attributes);
  const common = { strides: stride, pad: padding, dataFormat: "NHWC", dilations: dilation };
  if (transposed) {
    return {
      forward: (t) => tf.conv2dTranspose(t.x, t.filter, dy, stride, "valid"),
      input: (t) => tf.conv2d(t.dy, t.filter, stride, "valid"),
      filter: (t) => run("Conv2DBackpropFilter", { x: t.dy, dy: t.x }, { ...common, filterShape: filter }),
    };
  }
  if (depthwise) {
    const pairs = { ...common, strides: [stride, stride], dilations: [dilation, dilation] };
    const name = "DepthwiseConv2dNativeBackprop";
    return {
      forward: (t) => tf.depthwiseConv2d(t.x, t.filter, stride, padding, "NHWC", dilation),
      input: (t) => run(`${name}Input`, { dy: t.dy, filter: t.filter }, { ...pairs, inputShape: x }),
      filter: (t) => run(`${name}Filter`, { x: t.x, dy: t.dy }, { ...pairs, filterShape: filter }),
    };
  }
  return {
    forward: (t) => tf.conv2d(t.x, t.filter, stride, padding, "NHWC", dilation),
    input: (t) => run("Conv2DBackpropInput", { dy: t.dy, filter: t.filter }, { ...common, inputShape: x }),
    filter: (t) => run("Conv2DBackpropFilter", { x: t.x, dy: t.dy }, { ...common, filterShape: filter }),
  };
}
