import { browserProgress, pickBackend } from "@ddl/training";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { progressAt, recordOf, startAt } from "./trainingEvents.js";

describe("pickBackend in a page", () => {
  test("takes the fastest of what was imported, and looks for nothing else", { timeout: 120_000 }, async () => {
    const load = {
      webgl: async () => {
        await import("@tensorflow/tfjs-backend-webgl");
        // A processor in place of a graphics card takes seconds to compile programs: one for all shapes.
        tf.env().set("WEBGL_USE_SHAPES_UNIFORMS", true);
      },
      simd: () => import("@ddl/backend-simd"),
    };
    const { name, reason, tried } = await pickBackend({ load });
    const [tensorflow, webgpu, webgl, simd, wasm] = tried;
    expect([tensorflow, webgpu, wasm].map((trial) => trial!.problem)).toEqual(Array(3).fill("is not imported"));
    expect([webgl, simd]).toEqual([
      { name: "webgl", milliseconds: expect.any(Number) },
      { name: "simd", milliseconds: expect.any(Number) },
    ]);
    expect(name).toBe(webgl!.milliseconds! < simd!.milliseconds! ? "webgl" : "simd");
    expect(reason).toMatch(new RegExp(`^${name}: the fastest, [\\d.]+ ms a step \\(.*wasm is not imported\\)$`));
    expect(tf.getBackend()).toBe(name);
    expect(tf.memory().numTensors).toBe(0);
  });
});

describe("browserProgress", () => {
  const take = async () => expect.unreachable();
  const element = (): HTMLElement => document.body.appendChild(document.createElement("section"));

  test("shows a bar and a line", async () => {
    const place = element();
    const progress = browserProgress(place);
    expect(place.childElementCount).toBe(0);
    await progress.onTrainingStart!(startAt({ epochs: 2 }));
    const [bar, line] = [place.querySelector("progress")!, place.querySelector("p")!];
    expect(bar.value).toBe(0);
    await progress.onStep!(progressAt({ epochs: 2, step: 1, loss: 0.5 }), take);
    expect(bar.hasAttribute("value")).toBe(false);
    expect(line.textContent).toBe("epoch 1/2, step 1, loss 0.5, learning rate 0.001");
    await progress.onEpochEnd!(recordOf({ loss: 0.25, metrics: { "<b>dice</b>": 0.75 } }), take);
    expect(bar.value).toBe(0.5);
    expect(line.textContent).toMatch(
      /^epoch 1\/2, step 1\/1, loss 0.25, learning rate 0.001, validation <b>dice<\/b> 0.75, \d+:\d\d left$/,
    );
    await progress.onTrainingEnd!({ history: [], best: undefined, updates: 1, stoppedEarly: false });
    expect(bar.value).toBe(1);
    expect(line.textContent).toMatch(/, finished$/);
    expect(place.childElementCount).toBe(2);
  });

  test("refuses what is no element", () => {
    expect(() => browserProgress("#here" as never)).toThrow(
      'browserProgress: element must be an element of the page; received "#here".',
    );
    expect(() => browserProgress(element(), { steps: 3 } as never)).toThrow(
      'browserProgress: options must have only the keys stepsPerEpoch; received "steps".',
    );
  });
});
