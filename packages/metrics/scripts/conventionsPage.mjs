// Writes the tables of docs/guide/metrics-conventions.md from the presets.
//   node packages/metrics/scripts/conventionsPage.mjs [module that exports `conventions`; default the built package]
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

export const page = new URL("../../../docs/guide/metrics-conventions.md", import.meta.url);
const [begin, end] = ["<!-- presets: begin -->", "<!-- presets: end -->"];

const toolNames = {
  monai: "MONAI",
  medpy: "medpy",
  surfaceDistance: "surface-distance",
  metricsReloaded: "MetricsReloaded",
  torchmetrics: "torchmetrics",
};
const words = { infinity: "∞", zero: "0", one: "1" };

/** One row a metric, one column a tool: both empty / only the reference has pixels / only the prediction has, then other options. */
export function conventionsTable(conventions) {
  const tools = Object.keys(conventions);
  const metrics = [...new Set(tools.flatMap((tool) => Object.keys(conventions[tool])))];
  const rows = [
    ["metric", ...tools.map((tool) => toolNames[tool] ?? tool)],
    ...metrics.map((metric) => [`\`${metric}\``, ...tools.map((tool) => cell(conventions[tool][metric]))]),
  ];
  const widths = rows[0].map((_, k) => Math.max(3, ...rows.map((cells) => cells[k].length)));
  rows.splice(
    1,
    0,
    widths.map((width) => "-".repeat(width)),
  );
  // Aligned, as the formatter leaves it.
  return rows.map((cells) => `| ${cells.map((text, k) => text.padEnd(widths[k])).join(" | ")} |`).join("\n");
}

function cell(options) {
  if (options === undefined) return "–";
  const { emptyPolicy = {}, zeroDivision, ...others } = options;
  const { bothEmpty = "nan", oneEmpty = "worst", referenceEmpty = oneEmpty, predictionEmpty = oneEmpty } = emptyPolicy;
  const empties = [bothEmpty, predictionEmpty, referenceEmpty].map((value) => words[value] ?? value).join(" / ");
  const list = Object.entries(others).map(([key, value]) => `${key}: ${[value].flat().join(", ")}`);
  if (zeroDivision !== undefined) list.unshift(`0/0: ${words[zeroDivision] ?? zeroDivision}`);
  // Scores that need no object, and the reduction, have no rule for empty masks.
  const aboutMasks = zeroDivision === undefined && others.order === undefined;
  return (aboutMasks ? [empties, ...list] : list).join("<br>");
}

/** The page's text with its tables made anew. */
export function updatedPage(text, conventions) {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`The page must have ${begin} and ${end}.`);
  return `${before}${begin}\n\n${conventionsTable(conventions)}\n\n${end}${after}`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const source = process.argv[2] === undefined ? "../dist/index.js" : pathToFileURL(process.argv[2]).href;
  const { conventions } = await import(source);
  writeFileSync(page, updatedPage(readFileSync(page, "utf8"), conventions));
}
