import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { MetricName } from "../metrics.js";
import { metricFacts } from "../metrics.js";
import type { PatientScore } from "./collect.js";

/** A point of a learning curve. */
export interface CurvePoint {
  label: string;
  epoch: number;
  value: number;
}

// Rendered near the width at which it is shown, so that text keeps its size on a phone.
const width = 460;
const style = { background: "transparent", fontSize: "12px", fontFamily: "inherit", overflow: "visible" };

/** The names of the series get the same colour in every plot of a report, and each its own. */
function colorScale(labels: readonly string[]): Plot.ScaleOptions {
  const few = labels.length <= 10;
  return {
    domain: [...labels],
    ...(few ? { scheme: "observable10", type: "categorical" } : { scheme: "rainbow", type: "ordinal" }),
  };
}

/** Pixels of the longest label, about: nothing here can measure text. */
function widthOf(labels: readonly string[]): number {
  return Math.ceil(6.4 * Math.max(0, ...labels.map((label) => label.length)));
}

/** A box over the patients for each method, every patient as a dot on it. */
export function boxPlot(scores: readonly PatientScore[], metric: MetricName, labels: readonly string[]): string {
  const rows = scores
    .filter((score) => Number.isFinite(score.metrics[metric]))
    .map((score) => ({ label: score.label, value: score.metrics[metric] }));
  return svg({
    height: 50 + 36 * labels.length,
    marginLeft: 14 + widthOf(labels),
    x: { label: null, grid: true, ...(metricFacts[metric].better === "lower" ? { zero: true } : { domain: [0, 1] }) },
    y: { label: null, domain: [...labels], tickSize: 0 },
    color: colorScale(labels),
    marks: [
      Plot.boxX(rows, { x: "value", y: "label", fill: "label", fillOpacity: 0.35, r: 0 }),
      Plot.dotX(rows, { x: "value", y: "label", fill: "label", r: 2.5, stroke: "currentColor", strokeWidth: 0.4 }),
    ],
  });
}

/** A line for each trained cell. */
export function learningCurves(points: readonly CurvePoint[], labels: readonly string[]): string {
  return svg({
    height: 260,
    marginLeft: 48,
    x: { label: null, tickFormat: "d", nice: false },
    y: { label: null, grid: true, zero: true },
    color: { ...colorScale(labels), legend: false },
    marks: [
      Plot.lineY(points, { x: "epoch", y: "value", stroke: "label", z: "label", strokeWidth: 2 }),
      Plot.dotY(points, { x: "epoch", y: "value", fill: "label", r: 2 }),
    ],
  });
}

/** The colour of each label in CSS: for the legends written in HTML. */
export function seriesColors(labels: readonly string[]): Map<string, string> {
  const scale = Plot.scale({ color: { ...colorScale(labels) } });
  return new Map(labels.map((label) => [label, String(scale.apply(label))]));
}

function svg(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const plot = Plot.plot({ ...options, width, marginRight: 16, style, document: document as unknown as Document });
  plot.setAttribute("role", "img");
  return plot.outerHTML;
}
