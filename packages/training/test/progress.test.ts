import type { ProgressReport, TrainingCallback } from "@ddl/training";
import { trackProgress } from "@ddl/training";
import { terminalProgress } from "@ddl/training/node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { progressAt, recordOf, startAt } from "./trainingEvents.js";

const take = async () => expect.unreachable();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Two epochs of four batches of ten seconds, each with a validation of twenty; the first losses 8, 4, 2, 1. */
async function train(callback: TrainingCallback, from = 0): Promise<void> {
  await callback.onTrainingStart!(startAt({ epochs: 2, step: from }));
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let step = epoch === 0 ? from + 1 : 1; step <= 4; step++) {
      vi.advanceTimersByTime(10_000);
      const loss = 8 / 2 ** (step - 1);
      const numbers = {
        epoch,
        epochs: 2,
        step,
        loss,
        learningRate: 0.01 / step,
        skipped: epoch,
        metrics: { iou: step },
      };
      await callback.onStep!(progressAt(numbers), take);
    }
    vi.advanceTimersByTime(20_000);
    const numbers = { epoch, loss: 3.75, learningRate: 0.0025, skipped: epoch, trainingMetrics: { iou: 2.5 } };
    await callback.onEpochEnd!(recordOf({ ...numbers, metrics: { dice: 1 / 3 } }), take);
  }
  await callback.onTrainingEnd!({ history: [], best: undefined, updates: 8, stoppedEarly: false });
}

describe("trackProgress", () => {
  test("tells at each event where the training stands", async () => {
    const reports: ProgressReport[] = [];
    await train(trackProgress((report) => reports.push(report)));
    expect(reports).toHaveLength(1 + 2 * 5 + 1);
    expect(reports[0]).toEqual({
      ...{ state: "training", epoch: 1, epochs: 2, step: 0, epochEnds: false, steps: undefined, done: 0 },
      ...{ secondsLeft: undefined, loss: undefined, learningRate: undefined, metrics: {}, validation: {}, skipped: 0 },
    });
    expect(reports[2]).toEqual({
      ...{ state: "training", epoch: 1, epochs: 2, step: 2, epochEnds: false, steps: undefined, done: undefined },
      ...{ secondsLeft: undefined, loss: 6, learningRate: 0.005, metrics: { iou: 2 }, validation: {}, skipped: 0 },
    });
    expect(reports[5]).toEqual({
      ...{ state: "training", epoch: 1, epochs: 2, step: 4, epochEnds: true, steps: 4, done: 0.5, secondsLeft: 60 },
      ...{ loss: 3.75, learningRate: 0.0025, metrics: { iou: 2.5 }, validation: { dice: 1 / 3 }, skipped: 0 },
    });
    // 70 s for 5/8.
    expect(reports[6]).toMatchObject({ epoch: 2, step: 1, done: 0.625, loss: 8, secondsLeft: expect.closeTo(42, 9) });
    expect(reports.at(-1)).toMatchObject({ state: "finished", done: 1, secondsLeft: 0, epochEnds: false });
  });

  test("estimates from what was done since the start, in the first epoch too if it knows the batches", async () => {
    const reports: ProgressReport[] = [];
    await train(
      trackProgress((report) => reports.push(report), { stepsPerEpoch: 4 }),
      2,
    );
    expect(reports[0]).toMatchObject({ done: 0.25, secondsLeft: undefined });
    // A batch in 10 s, and five are left.
    expect(reports[1]).toMatchObject({ done: 0.375, secondsLeft: expect.closeTo(50, 9), loss: 2 });
  });

  test("tells that the training failed, if it had begun", async () => {
    const show = vi.fn();
    const callback = trackProgress(show);
    await callback.onTrainingFailed!(new Error("before"), undefined);
    expect(show).not.toHaveBeenCalled();
    await callback.onTrainingStart!(startAt({ epochs: 4, epoch: 1, history: [recordOf({ metrics: { dice: 0.5 } })] }));
    await callback.onTrainingFailed!(new Error("then"), undefined);
    expect(show.mock.lastCall![0]).toMatchObject({ state: "failed", epoch: 2, done: 0.25, validation: { dice: 0.5 } });
  });

  test.each([
    [[undefined], "trackProgress: show must be a function; received undefined."],
    [[() => {}, { stepsPerEpoch: 0.5 }], "trackProgress: stepsPerEpoch must be an integer ≥ 1; received 0.5."],
    [[() => {}, { steps: 4 }], 'trackProgress: options must have only the keys stepsPerEpoch; received "steps".'],
  ])("refuses %o", (words, message) => {
    expect(() => trackProgress(...(words as unknown as [() => void]))).toThrow(message);
  });
});

/** A stream that remembers; as a terminal it has the functions that bars need. */
function fakeStream(isTTY: boolean): { stream: NodeJS.WriteStream; written: () => string } {
  let text = "";
  const write = (part: string): boolean => {
    text += part;
    return true;
  };
  const nothing = (): void => {};
  const stream = { isTTY, columns: 200, write, cursorTo: nothing, moveCursor: nothing, clearLine: nothing };
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => text };
}

describe("terminalProgress", () => {
  test("writes lines where there is no terminal: one at the start and end, one an epoch, one a minute", async () => {
    const { stream, written } = fakeStream(false);
    await train(terminalProgress({ stream }));
    expect(written().split("\n")).toEqual([
      "epoch 1/2, step 0",
      "epoch 1/2, step 4/4, loss 3.75, learning rate 0.0025, iou 2.5, validation dice 0.3333, 1:00 left",
      "epoch 2/2, step 4/4, loss 3.75, learning rate 0.0025, iou 2.5, validation dice 0.3333, 1 left out, 0:00 left",
      "epoch 2/2, step 4/4, loss 3.75, learning rate 0.0025, iou 2.5, validation dice 0.3333, 1 left out, finished",
      "",
    ]);
    const slow = fakeStream(false);
    const callback = terminalProgress({ stream: slow.stream, stepsPerEpoch: 1000 });
    await callback.onTrainingStart!(startAt({ epochs: 5 }));
    for (let step = 1; step <= 10; step++) {
      vi.advanceTimersByTime(25_000);
      await callback.onStep!(progressAt({ epochs: 5, step }), take);
    }
    expect(slow.written().match(/step \d+/g)).toEqual(["step 0", "step 3", "step 6", "step 9"]);
    expect(slow.written()).toContain("step 3/1000, loss 1, learning rate 0.001, 34:42:05 left");
  });

  test("shows a bar in a terminal and keeps a line an epoch above it; nothing runs on when it is over", async () => {
    const { stream, written } = fakeStream(true);
    const callback = terminalProgress({ stream });
    await train(callback);
    expect(written()).toContain(
      "epoch 1/2, step 4/4, loss 3.75, learning rate 0.0025, iou 2.5, validation dice 0.3333, 1:00 left\n",
    );
    expect(written()).toMatch(/█{24} 100% epoch 2\/2, step 4\/4, .*, finished/);
    expect(vi.getTimerCount()).toBe(0);
    await callback.onTrainingStart!(startAt({}));
    expect(vi.getTimerCount()).toBe(1);
    await callback.onTrainingFailed!(new Error("stopped"), undefined);
    expect(written()).toMatch(/░{24} 0% epoch 1\/3, step 0, failed/);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("refuses unknown options and a stream that is none", () => {
    expect(() => terminalProgress({ to: process.stdout } as object)).toThrow(
      'terminalProgress: options must have only the keys stream, stepsPerEpoch; received "to".',
    );
    expect(() => terminalProgress({ stream: "stdout" as never })).toThrow(
      'terminalProgress: stream must be a stream that can be written to; received "stdout".',
    );
  });
});
