import { deformConv2d, roiAlign } from "@ddl/deform-conv";
import { describeBackend } from "@ddl/testing/tensor";
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 240_000 });

const losses = {
  webgl: () => (tf.backend() as MathBackendWebGL).gpgpu.gl.getExtension("WEBGL_lose_context")!.loseContext(),
  webgpu: async () => {
    const { device } = tf.backend() as WebGPUBackend;
    device.destroy();
    await device.lost;
  },
};

for (const [backend, lose] of Object.entries(losses)) {
  describeBackend("a backend that is lost", backend, () => {
    test("is an error of every operation after it", async () => {
      const [x, filter, offset] = [tf.ones([1, 3, 4, 2]), tf.ones([1, 1, 2, 3]), tf.zeros([1, 3, 4, 2])];
      const rois = tf.tensor([[0, 1, 1, 3, 2]]);
      const convolve = (t: Tensor): Tensor => deformConv2d(t, filter, offset);
      expect([...(await convolve(x).data())]).toEqual(new Array(36).fill(2));
      if (backend === "webgl") {
        // A device of WebGPU tells of its end later only.
        const losing = (t: Tensor): Tensor => {
          const value = convolve(t);
          lose();
          return value;
        };
        expect(() => tf.grad(losing)(x)).toThrow("gradients of @ddl/deform-conv: the backend webgl must be there;");
      } else await lose();
      // Counted from here: what a tape has saved stays behind when a gradient throws, whoever throws.
      const { numTensors } = tf.memory();
      const text = backend === "webgl" ? "a lost context" : "a lost device \\(.+\\)";
      const message = (name: string): RegExp =>
        new RegExp(
          `^${name}: the backend ${backend} must be there; received ${text}\\. Tensors on it are gone\\. ` +
            "Choose another backend with tf\\.setBackend, or load the page again\\.$",
        );
      expect(() => convolve(x)).toThrow(message("deformConv2d"));
      expect(() => roiAlign(x, rois, { outputSize: 1 })).toThrow(message("roiAlign"));
      expect(tf.memory().numTensors).toBe(numTensors);
      const caught = (): unknown => {
        try {
          return convolve(x);
        } catch (error) {
          return error;
        }
      };
      expect(caught()).toMatchObject({ code: "backend", argument: "backend" });
    });
  });
}
