// results/README.md, made from the JSON files in the folders of the networks beside it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes the page for a folder of results. @returns its text */
export function writeTables(folder) {
  const networks = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const text = `# Dice of volumes, by network and fold

Made by \`run.mjs\`; do not edit. Mean and median over the patients that were kept apart; \`all folds\` is every patient once, scored by the network
that never saw him.

${networks.map(({ name }) => sectionOf(name, recordsOf(join(folder, name)))).join("\n")}`;
  writeFileSync(join(folder, "README.md"), text);
  return text;
}

function recordsOf(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files
    .sort()
    .map((name) => [name.slice(0, -".json".length), JSON.parse(readFileSync(join(folder, name), "utf8"))]);
}

function sectionOf(network, records) {
  const rows = records.flatMap(([fold, { minutes, sides }]) =>
    Object.entries(sides).map(([side, { steps, dice }]) => [
      fold,
      side,
      minutes,
      steps,
      ...scoresOf(Object.values(dice)),
    ]),
  );
  const folds = records.filter(([fold]) => fold !== "held-out").map(([, record]) => record);
  for (const side of ["ddl", "torch"]) {
    const found = folds.filter(({ sides }) => sides[side] !== undefined);
    // Runs of another recipe or time make no cross-validation together.
    const kinds = new Set(found.map(({ minutes, recipe }) => JSON.stringify([minutes, recipe])));
    if (found.length < 5 || kinds.size > 1) continue;
    const all = found.flatMap(({ sides }) => Object.values(sides[side].dice));
    rows.push(["all folds", side, found[0].minutes, "", ...scoresOf(all)]);
  }
  const heads = ["fold", "side", "minutes", "steps", "patients", "mean", "median"];
  const lines = [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  return `## ${network}\n\n${lines.join("\n")}\n`;
}

/** Number, mean and median. */
function scoresOf(scores) {
  const sorted = scores.toSorted((a, b) => a - b);
  const median = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return [scores.length, mean.toFixed(3), median.toFixed(3)];
}
