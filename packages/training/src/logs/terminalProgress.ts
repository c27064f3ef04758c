import { ArgumentError, expectOptions } from "@ddl/core";
import cliProgress from "cli-progress";
import type { TrainingCallback } from "../callbacks.js";
import type { ProgressReport, TrackProgressOptions } from "./trackProgress.js";
import { progressText, progressTracker } from "./trackProgress.js";

/** Options of {@link terminalProgress}. */
export interface TerminalProgressOptions extends TrackProgressOptions {
  /** Where to. Default `process.stderr`, so that what a program prints stays clean. */
  stream?: NodeJS.WriteStream;
}

/** Without a terminal, an epoch that takes long has a line at least this often. */
const patience = 60_000;

/**
 * A callback that shows in the terminal where the training stands: a bar with epoch, step, loss, learning rate, metrics and the time left,
 * and a line for each finished epoch. Where the stream is no terminal, the lines alone, and one a minute in an epoch that takes longer.
 *
 * @throws ArgumentError, RangeArgumentError
 * @example `await fit(model, data, { epochs, loss, callbacks: [terminalProgress()] })`
 */
export function terminalProgress(options: TerminalProgressOptions = {}): TrainingCallback {
  const { stream = process.stderr, ...rest } = expectOptions("terminalProgress", options, ["stream", "stepsPerEpoch"]);
  if (typeof stream?.write !== "function") {
    const expected = "be a stream that can be written to";
    throw new ArgumentError({ functionName: "terminalProgress", argument: "stream", expected, received: stream });
  }
  const display = stream.isTTY ? new Bar(stream) : new Lines(stream);
  return progressTracker("terminalProgress", (report) => display.show(report), rest);
}

class Bar {
  readonly #stream: NodeJS.WriteStream;
  #bars: cliProgress.MultiBar | undefined;
  #bar: cliProgress.SingleBar | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(report: ProgressReport): void {
    this.#bars ??= new cliProgress.MultiBar({
      ...{ stream: this.#stream, format: "{bar} {percentage}% {text}", barsize: 24, linewrap: false, hideCursor: true },
      ...{ barCompleteChar: "\u2588", barIncompleteChar: "\u2591", emptyOnZero: true },
    });
    this.#bar ??= this.#bars.create(1000, 0, { text: "" });
    const text = progressText(report);
    this.#bar.update(Math.round(1000 * (report.done ?? 0)), { text });
    if (report.epochEnds) this.#bars.log(`${text}\n`);
    if (report.state === "training") return;
    this.#bars.stop();
    this.#bars = undefined;
    this.#bar = undefined;
  }
}

class Lines {
  readonly #stream: NodeJS.WriteStream;
  #writtenAt = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(report: ProgressReport): void {
    const { epochEnds, state, step } = report;
    const begins = step === 0 && state === "training";
    if (!begins && !epochEnds && state === "training" && performance.now() - this.#writtenAt < patience) return;
    this.#writtenAt = performance.now();
    this.#stream.write(`${progressText(report)}\n`);
  }
}
