import cliProgress from "cli-progress";
import pc from "picocolors";
import type { Cell } from "./cells.js";
import type { CellProgress } from "./methods/method.js";

/** Shows where a study stands. */
export interface ProgressDisplay {
  /** A line of text. */
  note(text: string): void;
  /** Reading and preprocessing patients. */
  preparing(done: number, total: number): void;
  cellStarts(cell: Cell, number: number, total: number): void;
  cellAt(progress: CellProgress): void;
  cellEnds(cell: Cell, dice: number | null): void;
  /** Ends the display, also in mid-cell. */
  close(): void;
}

/** Bars where the stream is a terminal, plain lines elsewhere. */
export function createProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY ? new Bars(stream) : new Lines(stream);
}

function numbers({ loss, dice }: CellProgress): string {
  const parts = [
    loss === undefined ? "" : `loss ${loss.toFixed(4)}`,
    dice === undefined ? "" : `validation Dice ${dice.toFixed(3)}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Seconds left if the rest goes on as the part so far: `1:05`. */
function timeLeft(startedAt: number, startedWith: number, done: number): string {
  if (done <= startedWith) return "";
  const seconds = Math.round((((Date.now() - startedAt) / (done - startedWith)) * (1 - done)) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

class Bars implements ProgressDisplay {
  readonly #bars: cliProgress.MultiBar;
  #bar: cliProgress.SingleBar | undefined;
  #preparing: cliProgress.SingleBar | undefined;
  #startedAt = 0;
  #startedWith: number | undefined;
  #closed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#bars = new cliProgress.MultiBar({
      stream,
      format: `{label} ${pc.cyan("{bar}")} {percentage}% {stage} {numbers} {left}`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 24,
      hideCursor: true,
      emptyOnZero: true,
      linewrap: false,
    });
  }

  note(text: string): void {
    this.#bars.log(`${text}\n`);
  }

  preparing(done: number, total: number): void {
    this.#preparing ??= this.#bars.create(total, 0, {
      label: "preparing".padEnd(34),
      stage: "patients",
      numbers: "",
      left: "",
    });
    this.#preparing.update(done);
  }

  cellStarts(cell: Cell, number: number, total: number): void {
    const label = `[${number}/${total}] ${cell.label} fold ${cell.fold + 1}`.padEnd(34);
    this.#bar = this.#bars.create(1000, 0, { label, stage: "", numbers: "", left: "" });
    this.#startedAt = Date.now();
    this.#startedWith = undefined;
  }

  cellAt(progress: CellProgress): void {
    this.#startedWith ??= progress.done;
    const left = timeLeft(this.#startedAt, this.#startedWith, progress.done);
    this.#bar?.update(Math.round(progress.done * 1000), {
      stage: progress.stage,
      numbers: numbers(progress),
      left: left === "" ? "" : `${left} left`,
    });
  }

  cellEnds(_cell: Cell, dice: number | null): void {
    this.#bar?.update(1000, { stage: "done", numbers: dice === null ? "" : `test Dice ${dice.toFixed(3)}`, left: "" });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bars.stop();
  }
}

class Lines implements ProgressDisplay {
  readonly #stream: NodeJS.WriteStream;
  #startedAt = 0;
  #startedWith: number | undefined;
  #lastStage = "";
  #lastTime = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  preparing(done: number, total: number): void {
    if (done === total || Date.now() - this.#lastTime > 5_000) {
      this.#lastTime = Date.now();
      this.note(`preparing patients ${done}/${total}`);
    }
  }

  cellStarts(cell: Cell, number: number, total: number): void {
    this.#startedAt = Date.now();
    this.#startedWith = undefined;
    this.#lastStage = "";
    this.note(`[${number}/${total}] ${cell.label}, fold ${cell.fold + 1}`);
  }

  cellAt(progress: CellProgress): void {
    this.#startedWith ??= progress.done;
    // One line an epoch, and no more than one in two seconds.
    if (progress.stage === this.#lastStage || Date.now() - this.#lastTime < 2_000) return;
    this.#lastStage = progress.stage;
    this.#lastTime = Date.now();
    const left = timeLeft(this.#startedAt, this.#startedWith, progress.done);
    const parts = [progress.stage, numbers(progress), left === "" ? "" : `${left} left`].filter((part) => part !== "");
    this.note(`  ${Math.floor(progress.done * 100)}% ${parts.join(", ")}`);
  }

  cellEnds(_cell: Cell, dice: number | null): void {
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
    this.note(`  done in ${seconds} s${dice === null ? "" : `, test Dice ${dice.toFixed(3)} (mean over patients)`}`);
  }

  close(): void {}
}
