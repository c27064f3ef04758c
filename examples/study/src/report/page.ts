import type { summarize } from "@ddl/metrics";
import type { MetricName } from "../metrics.js";
import { metricFacts } from "../metrics.js";
import type { MethodSummary } from "./collect.js";
import type { Comparison } from "./comparisons.js";
import type { Overlay } from "./overlays.js";
import { stylesheet } from "./stylesheet.js";

/** All that the page shows. */
export interface PageContent {
  title: string;
  /** Sentences below the title. */
  lead: string[];
  metrics: readonly MetricName[];
  summaries: MethodSummary[];
  /** Undefined where there is too little to compare. */
  comparison: Comparison | undefined;
  colors: ReadonlyMap<string, string>;
  /** SVG of a box plot for each metric; empty if no cell is finished. */
  boxPlots: string[];
  /** Learning curves; empty if nothing was trained. */
  curves: { title: string; svg: string }[];
  overlays: { label: string; facts: string; pictures: Overlay[] }[];
  notes: string[];
  /** JSON that makes the report repeatable. */
  provenance: { title: string; json: string }[];
}

/** The report as one HTML file without anything outside it. */
export function renderPage(content: PageContent): string {
  const { title, lead, comparison, curves, colors, notes } = content;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${stylesheet}</style>
</head>
<body>
<main>
<header><h1>${escapeHtml(title)}</h1>${lead.map((text) => `<p>${escapeHtml(text)}</p>`).join("")}</header>
<section><h2>Scores</h2>${table(content)}</section>
${comparison === undefined ? "" : `<section><h2>Differences between methods</h2>${comparisonTable(comparison)}</section>`}
<section><h2>Distribution over patients</h2><div class="plots">${content.boxPlots.map((svg, k) => figure(svg, metricHeading(content.metrics[k]!))).join("")}</div></section>
${curves.length === 0 ? "" : `<section><h2>Learning curves</h2>${legend(trained(content), colors)}<div class="plots">${curves.map(({ title, svg }) => figure(svg, title)).join("")}</div></section>`}
<section><h2>Best, median and worst patient</h2>
<p class="legend"><span><i class="truth"></i>truth</span><span><i class="prediction"></i>prediction</span></p>
${content.overlays.map(overlayRow).join("")}</section>
<section><h2>How to read this</h2><ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("")}</ul></section>
<section><h2>Configuration and versions</h2>${content.provenance.map(details).join("")}</section>
</main>
</body>
</html>
`;
}

function table({ metrics, summaries, colors }: PageContent): string {
  const best = new Map(metrics.map((name) => [name, bestMean(name, summaries)]));
  const head = metrics.map((name) => `<th scope="col">${metricHeading(name)}</th>`).join("");
  const rows = summaries.map(({ label, patients, metrics: values }) => {
    const cells = metrics.map((name) => {
      const mark = values[name].mean === best.get(name) ? ' class="best"' : "";
      return `<td${mark} data-label="${metricHeading(name)}">${summaryCell(values[name], name)}</td>`;
    });
    return `<tr><th scope="row"><i style="background:${colors.get(label) ?? "gray"}"></i>${escapeHtml(label)}</th><td data-label="Patients">${patients}</td>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th scope="col">Method</th><th scope="col">Patients</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>
<p class="caption">Each cell: mean over test patients, below it median and [interquartile range]. An arrow says which direction is better; the best mean of a metric is bold.</p>`;
}

/** More pairs are folded up: what most readers look for is below them. */
const shownPairs = 15;

/** A row for each pair, told apart or not, below a line with the mean ranks. */
function comparisonTable({ metric, patients, dropped, ranks, criticalDifference, pairs }: Comparison): string {
  const { digits } = metricFacts[metric];
  const rows = pairs.map(({ first, second, difference, low, high, adjustedPValue, significant }) => {
    const verdict = significant ? "yes" : "no";
    return `<tr><th scope="row">${escapeHtml(first)} − ${escapeHtml(second)}</th><td data-label="Difference">${signed(difference, digits)} <small>[${signed(low, digits)}, ${signed(high, digits)}]</small></td><td data-label="p, adjusted">${adjustedPValue < 0.001 ? "&lt; 0.001" : adjustedPValue.toFixed(3)}</td><td data-label="Told apart">${verdict}</td></tr>`;
  });
  const order = ranks.map(({ name, averageRank }) => `${escapeHtml(name)} ${averageRank.toFixed(2)}`).join(", ");
  const left = dropped === 0 ? "" : ` ${dropped} patients are left out, for whom it is undefined with some method.`;
  const told = pairs.filter(({ significant }) => significant).length;
  const pairTable = `<div class="scroll"><table><thead><tr><th scope="col">Pair</th><th scope="col">Difference of the means</th><th scope="col">p, adjusted</th><th scope="col">Told apart</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
  return `<p class="caption">Mean ranks by ${escapeHtml(metricFacts[metric].title)}, best first: ${order}; ranks that differ by less than ${criticalDifference.toFixed(2)} are not told apart by Nemenyi’s test.</p>
${rows.length > shownPairs ? `<details><summary>${told} of ${rows.length} pairs are told apart: all of them</summary>${pairTable}</details>` : pairTable}
<p class="caption">${patients} test patients.${left} Wilcoxon signed-rank tests of all pairs with Holm’s adjustment at 5 %; in brackets the 95 % bootstrap interval of a pair by itself.</p>`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

/** Title of a metric, with the direction that is better. */
function metricHeading(name: MetricName): string {
  const { title, better } = metricFacts[name];
  return `${escapeHtml(title)}\u00a0${better === "lower" ? "↓" : "↑"}`;
}

function bestMean(name: MetricName, summaries: readonly MethodSummary[]): number {
  const means = summaries.map(({ metrics }) => metrics[name].mean).filter((mean) => Number.isFinite(mean));
  return metricFacts[name].better === "lower" ? Math.min(...means) : Math.max(...means);
}

function summaryCell(value: ReturnType<typeof summarize>, name: MetricName): string {
  const { digits } = metricFacts[name];
  const text = (x: number): string => (Number.isFinite(x) ? x.toFixed(digits) : "–");
  const undefinedNote = value.undefined === 0 ? "" : `<small>${value.undefined} undefined</small>`;
  return `<b>${text(value.mean)}</b><small>${text(value.median)}</small><small>[${text(value.q1)}, ${text(value.q3)}]</small>${undefinedNote}`;
}

function trained({ overlays }: PageContent): string[] {
  return overlays.filter(({ label }) => label.includes("·")).map(({ label }) => label);
}

function legend(labels: readonly string[], colors: ReadonlyMap<string, string>): string {
  const items = labels.map(
    (label) => `<span><i style="background:${colors.get(label) ?? "gray"}"></i>${escapeHtml(label)}</span>`,
  );
  return `<p class="legend">${items.join("")}</p>`;
}

function figure(svg: string, title: string): string {
  return `<figure><figcaption>${title}</figcaption>${svg}</figure>`;
}

function overlayRow({ label, facts, pictures }: PageContent["overlays"][number]): string {
  const items = pictures.map(({ rank, patient, slice, dice, svg }) => {
    return `<figure class="overlay">${svg}<figcaption><b>${rank}</b> Dice ${dice.toFixed(3)}<small>${escapeHtml(patient)}, slice ${slice}</small></figcaption></figure>`;
  });
  return `<h3>${escapeHtml(label)}</h3><p class="caption">${escapeHtml(facts)}</p><div class="overlays">${items.join("")}</div>`;
}

function details({ title, json }: PageContent["provenance"][number]): string {
  return `<details><summary>${escapeHtml(title)}</summary><pre>${escapeHtml(json)}</pre></details>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
