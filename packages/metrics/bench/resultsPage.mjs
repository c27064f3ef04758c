// The results as a page.
export function resultsPage({ environment, rounds, rows }) {
  const { date, commit, uncommittedChanges, cpu, cores, node, python, load } = environment;
  const time = ({ median, lowerQuartile, upperQuartile }) =>
    `${median.toFixed(0)} ms (${lowerQuartile.toFixed(0)}–${upperQuartile.toFixed(0)})`;
  const lines = rows.flatMap(({ title, milliseconds, ratios }) =>
    Object.entries(milliseconds).map(([side, times]) => {
      const ratio = side === "ours" ? "" : `${ratios[side].toFixed(2)}×`;
      return `| ${side === "ours" ? title : ""} | ${side} | ${time(times)} | ${ratio} |`;
    }),
  );
  return [
    "# Speed of @ddl/metrics",
    "",
    "`node packages/metrics/bench/run.mjs`: all sides of a row take turns in one run, one thread each. Medians with quartiles; the last",
    "column is the side's time over ours: above 1 ours is faster. Before the clock starts the values of all sides must agree to 1e-9.",
    "Ours computes the seven values of `surfaceMetrics`, the others the three of the title.",
    "",
    "| what | side | time | ratio |",
    "| --- | --- | ---: | ---: |",
    ...lines,
    "",
    `${date}, commit ${commit.slice(0, 7)}${uncommittedChanges ? " with changes" : ""}, ${cpu}, ${cores} cores, Node ${node}, Python`,
    `${python.python}, numpy ${python.numpy}, scipy ${python.scipy}; ${rounds} rounds; load ${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after.`,
    "",
  ].join("\n");
}
