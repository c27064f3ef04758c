/** The report's look: follows the reader's light or dark setting, and a narrow screen. */
export const stylesheet = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #5a6572; --line: #d9dee4; --paper: #ffffff; --panel: #f5f7f9; --truth: #ffd23f; --prediction: #00b8f5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --quiet: #9aa6b2; --line: #343b44; --paper: #14181d; --panel: #1c2229; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 1.25rem; margin: 40px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 24px 0 2px; }
header p { margin: 0 0 4px; color: var(--quiet); max-width: 75ch; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 8px 7px; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
thead th, tbody th { white-space: normal; }
thead th { vertical-align: bottom; }
th:first-child { text-align: left; }
thead th { color: var(--quiet); font-weight: 600; font-size: 0.85rem; }
tbody th { font-weight: 600; }
td b { font-weight: 400; }
td.best b { font-weight: 700; }
small { display: block; color: var(--quiet); font-size: 0.78rem; }
i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px; }
.caption { color: var(--quiet); font-size: 0.85rem; margin: 6px 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 0.9rem; margin: 0 0 8px; }
i.truth { background: var(--truth); }
i.prediction { background: var(--prediction); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 20px; }
figure { margin: 0; }
.plots svg { width: 100%; height: auto; display: block; --plot-background: var(--paper); }
.overlays { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; max-width: 860px; }
.overlay svg { width: 100%; height: auto; display: block; background: #000; border-radius: 4px; image-rendering: auto; }
.overlay path { fill: none; stroke-width: 1.6px; vector-effect: non-scaling-stroke; }
path.truth { stroke: var(--truth); }
path.prediction { stroke: var(--prediction); stroke-dasharray: 4 2; }
figcaption { font-size: 0.9rem; margin-top: 4px; overflow-wrap: anywhere; }
li { margin-bottom: 6px; max-width: 80ch; }
details { margin-bottom: 8px; background: var(--panel); border-radius: 6px; padding: 8px 12px; }
summary { cursor: pointer; font-weight: 600; }
pre { overflow-x: auto; font-size: 0.8rem; margin: 8px 0 0; }
.plots figcaption { font-weight: 600; }
@media (max-width: 720px) {
  thead { display: none; }
  tbody tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; padding: 12px 0; border-bottom: 1px solid var(--line); }
  tbody th, tbody td { border: 0; padding: 0; text-align: left; }
  tbody th { grid-column: 1 / -1; }
  td::before { content: attr(data-label); display: block; color: var(--quiet); font-size: 0.78rem; }
}
@media (max-width: 560px) { main { padding: 16px 12px 48px; } h1 { font-size: 1.4rem; } .overlays { gap: 6px; } }
`;
