import type { DeformConv3dOptions } from "@ddl/deform-conv";
import { deformConv2d, deformConv3d } from "@ddl/deform-conv";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import golden from "./goldens/deformConv3d.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { casesOn, expectClose, tensorOf } from "./goldenTensors.js";

/** Of the inputs by name: the value, and the gradients for a cotangent of the result. */
function valueAndGradients(
  inputs: Record<string, Tensor>,
  options: DeformConv3dOptions,
  dy: Tensor,
): Record<string, Tensor> {
  const names = Object.keys(inputs);
  const { value, grads } = tf.valueAndGrads((...given: Tensor[]) => {
    const { x, filter, offset, ...branches } = Object.fromEntries(names.map((name, k) => [name, given[k]!]));
    return deformConv3d(x!, filter!, offset!, { ...options, ...branches }) as Tensor;
  })(Object.values(inputs), dy);
  return { value, ...Object.fromEntries(names.map((name, k) => [name, grads[k]!])) };
}

const float = (values: number[], shape: number[]): Tensor => tf.tensor(values, shape, "float32");
const random = (shape: number[], seed: number): Tensor => tf.randomNormal(shape, 0, 1, "float32", seed);
const numbers = async (tensor: Tensor): Promise<number[]> => [...(await tensor.data())].map((v) => v + 0);

describeKernel("deformConv3d", (backend) => {
  test.each(casesOn(backend, golden.cases))(
    "$name: value and every gradient as torch",
    async ({ inputs, options, dy, ...expected }) => {
      const tensors = Object.fromEntries(
        Object.entries(inputs).map(([name, entry]) => [name, tensorOf(entry as Entry)]),
      );
      const { value, ...gradients } = valueAndGradients(
        tensors,
        options as unknown as DeformConv3dOptions,
        tensorOf(dy),
      );
      await expectClose("value", value!, expected.value);
      expect(Object.keys(gradients)).toEqual(Object.keys(expected.gradients));
      for (const [name, entry] of Object.entries(expected.gradients)) {
        await expectClose(name, gradients[name]!, entry as Entry);
      }
    },
  );

  // Each case costs webgl the compilation of its programs: there the goldens stand for the rest.
  if (backend === "webgl") return;

  test("one tap on 2 × 2 × 3 voxels, by hand", async () => {
    const inputs = {
      x: float([1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60], [1, 2, 2, 3, 1]),
      filter: float([2], [1, 1, 1, 1, 1]),
      offset: float([0.5, 0.25, 0, -0.75, 0, 0.5, ...new Array(30).fill(0)], [1, 2, 2, 3, 3]),
      mask: float([3, 1, ...new Array(10).fill(0)], [1, 2, 2, 3, 1]),
    };
    const got = valueAndGradients(inputs, {}, tf.ones([1, 2, 2, 3, 1]));
    // At (0.5, 0.25, 0): between 1.75 and 17.5. At (-0.75, 0, 1.5), with a quarter of the first plane: 2.5 / 4.
    const samples = [(1.75 + 17.5) / 2, 2.5 / 4];
    expect((await numbers(got["value"]!)).slice(0, 2)).toEqual([6 * samples[0]!, 2 * samples[1]!]);
    expect((await numbers(got["mask"]!)).slice(0, 2)).toEqual([2 * samples[0]!, 2 * samples[1]!]);
    expect((await numbers(got["offset"]!)).slice(0, 6)).toEqual([
      6 * (17.5 - 1.75),
      6 * ((3 + 30) / 2),
      6 * ((1 + 10) / 2),
      2 * 2.5,
      2 * (3 / 4),
      2 * (1 / 4),
    ]);
  });

  test.each([
    [Number.NaN, 0, 0],
    [0, Number.NaN, 0],
    [0, 0, Number.NaN],
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN],
    [Number.POSITIVE_INFINITY, 0, 0],
    [0.25, Number.NEGATIVE_INFINITY, 0],
    [0, 0, 1e38],
    [0, -(2 ** 31), 0],
  ])("a tap displaced by (%d, %d, %d) is 0 and has no gradient; the other tap is as ever", async (dz, dy, dx) => {
    const inputs = {
      x: float([3, 5], [1, 1, 1, 2, 1]),
      filter: float([10, 1], [1, 1, 2, 1, 1]),
      offset: float([dz, dy, dx, 0, 0, -0.5], [1, 1, 1, 1, 6]),
      mask: float([7, 2], [1, 1, 1, 1, 2]),
    };
    const got = valueAndGradients(inputs, {}, tf.ones([1, 1, 1, 1, 1]));
    const values = await Promise.all(Object.values(got).map(numbers));
    // The other tap reads 4 between 3 and 5: slope -4 to the next plane and row, 2 to the right, each twice as the mask says.
    expect(values).toEqual([[8], [1, 1], [0, 8], [0, 0, 0, -8, -8, 4], [0, 4]]);
  });

  test("at the borders the slope is the right-sided one, also one voxel before the volume, on each axis", async () => {
    const places = [-1.25, -1, -0.5, 0, 1, 2];
    for (const axis of [0, 1, 2]) {
      const shape = [1, 1, 1, 1, 1];
      shape[axis + 1] = 2;
      const inputs = {
        x: float([3, 5], shape),
        filter: tf.ones([1, 1, 1, 1, 1]),
        offset: float(
          places.flatMap((place, at) => [0, 1, 2].map((k) => (k === axis ? place - at : 0))),
          [1, ...[0, 1, 2].map((k) => (k === axis ? 6 : 1)), 3],
        ),
      };
      const padding = [0, 1, 2].map((k) => [0, k === axis ? 4 : 0]) as unknown as DeformConv3dOptions["padding"];
      const got = valueAndGradients(
        inputs,
        { padding: padding! },
        tf.onesLike(tf.slice(inputs.offset, [0, 0, 0, 0, 0], [-1, -1, -1, -1, 1])),
      );
      expect(await numbers(got["value"]!)).toEqual([0, 0, 1.5, 3, 5, 0]);
      expect((await numbers(got["offset"]!)).filter((_, k) => k % 3 === axis)).toEqual([0, 3, 3, 2, -5, 0]);
    }
  });

  test("zero offsets are tf.conv3d, with padding 'same', strides and dilations", async () => {
    const backend = tf.getBackend();
    const x = await random([2, 4, 7, 5, 3], 5).array();
    const filter = await random([1, 3, 2, 3, 4], 6).array();
    for (const [strides, dilations] of [[[1, 3, 2], 1] as const, [1, [1, 2, 3]] as const]) {
      await tf.setBackend("cpu"); // the others lack tf.conv3d or its dilations
      const plain = tf.conv3d(
        tf.tensor(x) as tf.Tensor5D,
        tf.tensor(filter) as tf.Tensor5D,
        strides as unknown as number,
        "same",
        "NDHWC",
        dilations as unknown as number,
      );
      const expected = { shape: plain.shape, values: [...(await plain.data())] };
      await tf.setBackend(backend);
      const offset = tf.zeros([...plain.shape.slice(0, 4), 18]);
      const got = deformConv3d(tf.tensor(x), tf.tensor(filter), offset, { strides, dilations, padding: "same" });
      await expectClose("value", got, expected);
    }
  });

  test("one plane is deformConv2d, on whichever axis it lies", () => {
    const property = fc.property(fc.integer({ min: 1, max: 10_000 }), fc.constantFrom(0, 1, 2), (seed, axis) =>
      tf.tidy(() => {
        const x = random([2, 5, 4, 3], seed);
        const filter = random([2, 3, 3, 2], seed + 1);
        const offset = random([2, 4, 2, 12], seed + 2);
        const plane = deformConv2d(x, filter, offset);
        const offsets = tf.unstack(tf.reshape(offset, [2, 4, 2, 6, 2]), 4);
        offsets.splice(axis, 0, tf.zeros([2, 4, 2, 6]));
        const stacked = tf.reshape(tf.stack(offsets, 4), [2, 4, 2, 18]);
        const volume = deformConv3d(
          tf.expandDims(x, axis + 1),
          tf.expandDims(filter, axis),
          tf.expandDims(stacked, axis + 1),
        );
        const difference = tf.sub(volume, tf.expandDims(plane, axis + 1));
        expect(tf.max(tf.abs(difference)).dataSync()[0]).toBeLessThan(1e-4);
      }),
    );
    fc.assert(property, { numRuns: 12 });
  });

  test("batches of 0 and 33", async () => {
    for (const batch of [0, 33]) {
      const inputs = {
        x: tf.ones([batch, 2, 1, 3, 2]),
        filter: tf.ones([2, 1, 1, 2, 4]),
        offset: tf.zeros([batch, 1, 1, 3, 6]),
        mask: tf.ones([batch, 1, 1, 3, 2]),
        bias: float([1, 2, 3, 4], [4]),
      };
      const got = valueAndGradients(inputs, {}, tf.ones([batch, 1, 1, 3, 4]));
      expect(got["value"]!.shape).toEqual([batch, 1, 1, 3, 4]);
      expect(await numbers(got["value"]!)).toEqual(new Array(batch * 3).fill([5, 6, 7, 8]).flat());
      for (const [name, input] of Object.entries(inputs)) expect(got[name]!.shape, name).toEqual(input.shape);
      expect(await numbers(got["filter"]!)).toEqual(new Array(16).fill(batch * 3));
      expect(await numbers(got["bias"]!)).toEqual(new Array(4).fill(batch * 3));
    }
  });

  testNoLeak("leaves no tensor behind, with and without gradients", () => {
    const inputs = {
      x: tf.ones([1, 2, 3, 4, 4]),
      filter: tf.ones([1, 2, 3, 2, 2]),
      offset: tf.zeros([1, 2, 2, 2, 36]),
      mask: tf.ones([1, 2, 2, 2, 12]),
      bias: tf.ones([2]),
    };
    const { x, filter, offset, mask, bias } = inputs;
    deformConv3d(x, filter, offset, { offsetGroups: 2, mask, bias }).dispose();
    const dy = tf.ones([1, 2, 2, 2, 2]);
    tf.dispose([inputs, dy, valueAndGradients(inputs, { offsetGroups: 2 }, dy)]);
  });
});
