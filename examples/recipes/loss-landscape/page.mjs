// The page: a plot for each group of losses and each sweep, nothing outside the file, light or dark as the reader has it.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #5a6572; --line: #d9dee4; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --quiet: #9aa6b2; --line: #343b44; --paper: #14181d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 1.25rem; margin: 40px 0 4px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 4px; }
p { margin: 0 0 12px; color: var(--quiet); max-width: 75ch; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 28px 24px; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; --plot-background: var(--paper); }
ul { list-style: none; margin: 6px 0 0; padding: 0; font-size: 0.86rem; }
li { display: grid; grid-template-columns: 22px 1fr auto; align-items: center; gap: 2px 8px; }
li i { height: 0; border-top: 3px solid; }
li small { color: var(--quiet); font-variant-numeric: tabular-nums; font-size: inherit; }
.shape { width: 216px; max-width: 100%; border: 1px solid var(--line); border-radius: 4px; margin-bottom: 16px; }
.shape ellipse { fill: none; stroke: var(--ink); stroke-width: 0.7; stroke-dasharray: 2 1.5; }
.shape .target { fill: var(--quiet); fill-opacity: 0.35; stroke: none; }
`;

/** Series differ by dashes too, for eyes that do not tell the colours apart. */
const dashes = ["", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 3", "7 2 1 2 1 2"];
const colors = ["#4269d0", "#d08700", "#e5484d", "#3c9d72", "#a463f2", "#0e93b0", "#9c6b4e", "#7b8794"];

export function renderPage({ sections, shape }) {
  const body = sections.map((section) => {
    const figures = section.groups.map(
      (group) => `<figure><h3>${group.title}</h3>${plot(section, group)}${legend(group)}</figure>`,
    );
    return `<section><h2>${section.title}</h2><p>${section.text}</p>${outlines(section, shape)}<div class="plots">${figures.join("")}</div></section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Loss landscapes</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Loss landscapes</h1>
<p>An ellipse against its target. Each curve is scaled from its least value, 0, to its greatest, 1; both stand beside its name. Where a curve is flat the loss gives no direction.</p>
${body.join("\n")}
</main>
</body>
</html>
`;
}

function plot({ axis, logarithmic = false }, { title, curves }) {
  const { document } = parseHTML("<html><body></body></html>");
  const figure = Plot.plot({
    document,
    width: 400,
    height: 260,
    marginLeft: 32,
    marginRight: 12,
    marginBottom: 40,
    style: { background: "transparent", fontSize: "13px", fontFamily: "inherit", overflow: "visible" },
    x: {
      label: axis,
      labelAnchor: "center",
      labelArrow: "none",
      ...(logarithmic ? { type: "log", ticks: [0.01, 0.1, 1, 10], tickFormat: String } : {}),
    },
    y: { label: null, domain: [0, 1], ticks: 5, grid: true },
    marks: curves.map(({ points }, k) =>
      Plot.lineY(points, {
        x: "at",
        y: "loss",
        stroke: colors[k % colors.length],
        strokeWidth: 2,
        ...(dashes[k] ? { strokeDasharray: dashes[k] } : {}),
      }),
    ),
  });
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", `${title}: loss by ${axis}`);
  return figure.outerHTML;
}

function legend({ curves }) {
  const border = (k) => (dashes[k] === "" ? "solid" : k % 2 === 1 ? "dashed" : "dotted");
  const items = curves.map(
    ({ name, least, most }, k) =>
      `<li><i style="border-color:${colors[k % colors.length]};border-top-style:${border(k)}"></i>${name}<small>${number(least)} – ${number(most)}</small></li>`,
  );
  return `<ul>${items.join("")}</ul>`;
}

function number(value) {
  const text = Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll("-", "−");
}

/** The target, filled, and predictions as outlines. */
function outlines({ outline }, { rows, columns, height, width }) {
  const ellipse = (shift, scale, attributes) =>
    `<ellipse cx="${columns / 2 + shift}" cy="${rows / 2}" rx="${width * scale}" ry="${height * scale}"${attributes}/>`;
  const predictions = outline.map(({ shift, scale }) => ellipse(shift, scale, ""));
  return `<svg class="shape" viewBox="0 0 ${columns} ${rows}" role="img" aria-label="The target, filled, and outlines of predictions">${ellipse(0, 1, ' class="target"')}${predictions.join("")}</svg>`;
}
