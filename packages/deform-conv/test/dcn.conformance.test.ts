import type { DcnV3Options } from "@ddl/deform-conv";
import { dcnV3, dcnV4, deformConv2d, fromDcnV3 } from "@ddl/deform-conv";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's operations, which fromDcnV3 consists of
import { expect, test } from "vitest";
import golden from "./goldens/dcnV3.json" with { type: "json" };
import { casesOn, expectClose, tensorOf } from "./goldenTensors.js";

type Case = (typeof golden.cases)[number];
const optionsOf = (given: Case["options"]): DcnV3Options => given as unknown as DcnV3Options;

/** The value, and the gradients for a cotangent of the result. */
function valueAndGradients(
  operation: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  dy: Tensor,
): { value: Tensor; grads: Tensor[] } {
  return tf.valueAndGrads(operation)(inputs, dy);
}

const float = (values: number[], shape: number[]): Tensor => tf.tensor(values, shape, "float32");
const numbers = async (tensor: Tensor): Promise<number[]> => [...(await tensor.data())].map((v) => v + 0);

describeKernel("dcnV3 and dcnV4", (backend) => {
  test.each(casesOn(backend, golden.cases))("dcnV3, $name: value and every gradient as torch", async (given) => {
    const { x, offset, mask } = given.inputs;
    const { value, grads } = valueAndGradients(
      (...t) => dcnV3(t[0]!, t[1]!, t[2]!, optionsOf(given.options)),
      [x, offset, mask].map(tensorOf),
      tensorOf(given.dy),
    );
    await expectClose("value", value, given.value);
    await expectClose("x", grads[0]!, given.gradients.x);
    await expectClose("offset", grads[1]!, given.gradients.offset);
    await expectClose("mask", grads[2]!, given.gradients.mask);
  });

  test.each(casesOn(backend, golden.cases))("dcnV4, $name: value and every gradient as torch", async (given) => {
    const { value, grads } = valueAndGradients(
      (...t) => dcnV4(t[0]!, t[1]!, optionsOf(given.options)),
      [tensorOf(given.inputs.x), tensorOf(given.packed)],
      tensorOf(given.dy),
    );
    await expectClose("value", value, given.value);
    await expectClose("x", grads[0]!, given.gradients.x);
    await expectClose("offsetMask", grads[1]!, given.packedGradient);
  });

  // Each case costs webgl the compilation of its programs: there the goldens stand for the rest.
  if (backend === "webgl") return;

  test("two points on 2 × 3 pixels, by hand; what fills up a packed tensor counts for nothing", async () => {
    const x = float([1, 2, 3, 5, 7, 11], [1, 2, 3, 1]);
    const options: DcnV3Options = { kernelSize: [2, 1], offsetScale: 2 };
    // Three windows at columns 0, 1, 2; half = 0. Points at rows 0 + 2·Δ and 2 + 2·Δ; offsets are [x, y].
    const offset = float([0.25, 0, 0, -0.75, 0, 0.25, 0.5, -0.5, -0.5, 0, 0, 0], [1, 1, 3, 4]);
    const mask = float([2, 10, 1, 3, 1, 1], [1, 1, 3, 2]);
    // 2 · 1.5 + 10 · x(0.5, 0); x(0.5, 1) + 3 · x(1, 2); x(0, 1) + x(2, 2), which is outside.
    const expected = [2 * 1.5 + 10 * 3, 4.5 + 3 * 11, 2];
    const got = valueAndGradients(
      (...t) => dcnV3(t[0]!, t[1]!, t[2]!, options),
      [x, offset, mask],
      tf.ones([1, 1, 3, 1]),
    );
    expect(await numbers(got.value)).toEqual(expected);
    // Slopes [x, y] times mask and scale; on a pixel the right-sided ones.
    const slopes = [
      4 * 1,
      4 * (0.5 * 4 + 0.5 * 5),
      20 * (0.5 * 1 + 0.5 * 2),
      20 * 4,
      2 * (0.5 * 1 + 0.5 * 4),
      2 * 5,
      6 * -11,
      6 * -11,
    ];
    expect(await numbers(got.grads[1]!)).toEqual([...slopes, 2 * 1, 2 * 5, 0, 0]);
    expect(await numbers(got.grads[2]!)).toEqual([1.5, 3, 4.5, 11, 2, 0]);
    const packed = float(
      [0.25, 0, 0, -0.75, 2, 10, 9, 8, 0, 0.25, 0.5, -0.5, 1, 3, 7, Number.NaN, -0.5, 0, 0, 0, 1, 1, 6, 5],
      [1, 1, 3, 8],
    );
    const v4 = valueAndGradients((...t) => dcnV4(t[0]!, t[1]!, options), [x, packed], tf.ones([1, 1, 3, 1]));
    expect(await numbers(v4.value)).toEqual(expected);
    expect((await numbers(v4.grads[1]!)).slice(0, 8)).toEqual([...slopes.slice(0, 4), 1.5, 3, 0, 0]);
  });

  test.each([
    [Number.NaN, 0],
    [0, Number.NaN],
    [Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, 0],
    [0.25, Number.NEGATIVE_INFINITY],
    [1e38, 0],
    [0, -(2 ** 31)],
  ])("a point displaced by (%d, %d) is 0 and has no gradient; the other point is as ever", async (dx, dy) => {
    const inputs = [float([3, 5], [1, 1, 2, 1]), float([dx, dy, -0.5, 0], [1, 1, 1, 4]), float([7, 2], [1, 1, 1, 2])];
    const options: DcnV3Options = { kernelSize: [1, 2] };
    const { value, grads } = valueAndGradients(
      (...t) => dcnV3(t[0]!, t[1]!, t[2]!, options),
      inputs,
      tf.ones([1, 1, 1, 1]),
    );
    // The other point reads 4 between 3 and 5: slope 2 to the right and -4 downwards, twice as the mask says.
    expect(await Promise.all([value, ...grads].map(numbers))).toEqual([[8], [1, 1], [0, 0, 4, -8], [0, 4]]);
  });

  test("at the borders a point's slope is the right-sided one, also one pixel before the image", async () => {
    const x = float([3, 5], [1, 1, 2, 1]);
    const places = [-1.25, -1, -0.5, 0, 1, 2];
    const offset = float(
      places.flatMap((place, at) => [place - at, 0]),
      [1, 1, 6, 2],
    );
    const options: DcnV3Options = {
      kernelSize: 1,
      padding: [
        [0, 0],
        [0, 4],
      ],
    };
    const { value, grads } = valueAndGradients(
      (...t) => dcnV3(t[0]!, t[1]!, t[2]!, options),
      [x, offset, tf.ones([1, 1, 6, 1])],
      tf.ones([1, 1, 6, 1]),
    );
    expect(await numbers(value)).toEqual([0, 0, 1.5, 3, 5, 0]);
    expect((await numbers(grads[1]!)).filter((_, k) => k % 2 === 0)).toEqual([0, 3, 3, 2, -5, 0]);
  });

  test.each(casesOn(backend, golden.cases))(
    "fromDcnV3, $name: deformConv2d with a filter of ones is dcnV3",
    async (given) => {
      const { kernelSize, strides, padding, dilations, groups, offsetScale, removeCenter } = optionsOf(given.options);
      const { x, offset, mask } = given.inputs;
      const points = { kernelSize: kernelSize!, dilations: dilations!, groups: groups!, offsetScale: offsetScale! };
      const convolve = (...t: Tensor[]): Tensor => {
        const turned = fromDcnV3({ offset: t[1]!, mask: t[2]! }, { ...points, removeCenter: removeCenter! });
        const filter = tf.ones([...(kernelSize as [number, number]), 1, t[0]!.shape[3]!]);
        const shared = { strides: strides!, padding: padding!, dilations: dilations!, offsetGroups: groups! };
        return deformConv2d(t[0]!, filter, turned.offset, { ...shared, mask: turned.mask });
      };
      const { value, grads } = valueAndGradients(convolve, [x, offset, mask].map(tensorOf), tensorOf(given.dy));
      await expectClose("value", value, given.value);
      await expectClose("x", grads[0]!, given.gradients.x);
      await expectClose("offset", grads[1]!, given.gradients.offset);
      await expectClose("mask", grads[2]!, given.gradients.mask);
    },
  );

  test("batches of 0 and 33", async () => {
    for (const batch of [0, 33]) {
      const inputs = [tf.ones([batch, 2, 3, 4]), tf.zeros([batch, 1, 2, 16]), tf.ones([batch, 1, 2, 8])];
      const options: DcnV3Options = { kernelSize: 2, groups: 2 };
      const v3 = valueAndGradients((...t) => dcnV3(t[0]!, t[1]!, t[2]!, options), inputs, tf.ones([batch, 1, 2, 4]));
      expect(v3.value.shape).toEqual([batch, 1, 2, 4]);
      expect(await numbers(v3.value)).toEqual(new Array(batch * 8).fill(4));
      expect(v3.grads.map(({ shape }) => shape)).toEqual(inputs.map(({ shape }) => shape));
      expect(await numbers(v3.grads[2]!)).toEqual(new Array(batch * 16).fill(2));
      const packed = [inputs[0]!, tf.ones([batch, 1, 2, 24])];
      const v4 = valueAndGradients((...t) => dcnV4(t[0]!, t[1]!, options), packed, tf.ones([batch, 1, 2, 4]));
      expect(v4.value.shape).toEqual([batch, 1, 2, 4]);
      // Displaced by [1, 1], two points of the first window are inside, and one of the second.
      expect(await numbers(v4.value)).toEqual(new Array(batch).fill([2, 2, 2, 2, 1, 1, 1, 1]).flat());
      expect(v4.grads.map(({ shape }) => shape)).toEqual(packed.map(({ shape }) => shape));
    }
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const inputs = [tf.ones([1, 3, 4, 4]), tf.zeros([1, 2, 3, 16]), tf.ones([1, 2, 3, 8]), tf.ones([1, 2, 3, 24])];
    const options: DcnV3Options = { kernelSize: 2, groups: 2, offsetScale: 1.5 };
    dcnV3(inputs[0]!, inputs[1]!, inputs[2]!, options).dispose();
    dcnV4(inputs[0]!, inputs[3]!, options).dispose();
    const dy = tf.ones([1, 2, 3, 4]);
    const v3 = valueAndGradients((...t) => dcnV3(t[0]!, t[1]!, t[2]!, options), inputs.slice(0, 3), dy);
    const v4 = valueAndGradients((...t) => dcnV4(t[0]!, t[1]!, options), [inputs[0]!, inputs[3]!], dy);
    const turned = fromDcnV3({ offset: inputs[1]!, mask: inputs[2]! }, { kernelSize: 2, groups: 2, offsetScale: 2 });
    tf.dispose([inputs, dy, v3, v4, turned]);
  });
});
