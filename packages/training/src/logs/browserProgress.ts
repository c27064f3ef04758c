import { ArgumentError } from "@ddl/core";
import type { TrainingCallback } from "../callbacks.js";
import type { TrackProgressOptions } from "./trackProgress.js";
import { progressText, progressTracker } from "./trackProgress.js";

/**
 * A callback that shows in a page where the training stands: a `<progress>` and below it a line with epoch, step, losses, metrics and the
 * time left, added to an element.
 *
 * `fit` lets the page draw after each batch; a batch itself blocks it, unless the training runs in a worker (there, `trackProgress` and a
 * message are the way).
 *
 * @param element what they are added to; they stay when the training is over
 * @throws ArgumentError, RangeArgumentError
 * @example `await fit(model, data, { epochs, loss, callbacks: [browserProgress(document.querySelector("#training"))] })`
 */
export function browserProgress(element: HTMLElement, options: TrackProgressOptions = {}): TrainingCallback {
  if (typeof element?.append !== "function") {
    const expected = "be an element of the page";
    throw new ArgumentError({ functionName: "browserProgress", argument: "element", expected, received: element });
  }
  const bar = element.ownerDocument.createElement("progress");
  const line = element.ownerDocument.createElement("p");
  bar.setAttribute("aria-label", "training");
  const tracker = progressTracker(
    "browserProgress",
    (report) => {
      // Without a value the bar shows that something is under way.
      if (report.done === undefined) bar.removeAttribute("value");
      else bar.value = report.done;
      line.textContent = progressText(report);
    },
    options,
  );
  return {
    ...tracker,
    onTrainingStart(start) {
      element.append(bar, line);
      return tracker.onTrainingStart!(start);
    },
  };
}
