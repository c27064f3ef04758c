// An ONNX model of one DeformConv node (opset 19, 3 × 3, padding 1, with mask), as its protocol buffer stands on the wire.

const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return [...bytes, value];
};
const number = (field, value) => [...varint(field * 8), ...varint(value)];
const bytes = (field, value) => [...varint(field * 8 + 2), ...varint(value.length), ...value];
const text = (field, value) => bytes(field, [...new TextEncoder().encode(value)]);
const integers = (name, values) => [
  ...text(1, name),
  ...values.flatMap((value) => number(8, value)),
  ...number(20, 7), // AttributeProto.INTS
];

/** A float tensor of that name and shape. */
function valueInfo(name, shape) {
  const dimensions = shape.flatMap((length) => bytes(1, number(1, length)));
  return [...text(1, name), ...bytes(2, bytes(1, [...number(1, 1), ...bytes(2, dimensions)]))];
}

/** @returns bytes of the model; tensors are NCHW: x, filter (outputs, channels, 3, 3), offset (18), bias (outputs), mask (9), y */
export function deformConvModel({ channels, size, outputs }) {
  const image = (c) => [1, c, size, size];
  const inputs = {
    x: image(channels),
    filter: [outputs, channels, 3, 3],
    offset: image(18),
    bias: [outputs],
    mask: image(9),
  };
  const node = [
    ...Object.keys(inputs).flatMap((name) => text(1, name)),
    ...text(2, "y"),
    ...text(4, "DeformConv"),
    ...bytes(5, integers("kernel_shape", [3, 3])),
    ...bytes(5, integers("pads", [1, 1, 1, 1])),
  ];
  const graph = [
    ...bytes(1, node),
    ...text(2, "deformConv"),
    ...Object.entries(inputs).flatMap(([name, shape]) => bytes(11, valueInfo(name, shape))),
    ...bytes(12, valueInfo("y", image(outputs))),
  ];
  return Uint8Array.from([...number(1, 9), ...bytes(7, graph), ...bytes(8, [...text(1, ""), ...number(2, 19)])]);
}
