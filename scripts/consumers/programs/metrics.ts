import { diceScore, evaluate, hausdorffDistance, summarize } from "@ddl/metrics";
import { matchInstances } from "@ddl/metrics/instances";
import { wilcoxonSignedRank } from "@ddl/metrics/statistics";
import ndarray from "ndarray";

const truth = ndarray(Uint8Array.of(0, 1, 1, 0, 1, 1), [2, 3]);
const found = ndarray(Uint8Array.of(1, 1, 0, 0, 1, 0), [2, 3]);
const dice = diceScore(truth, found);
const distance = hausdorffDistance(truth, found, { spacing: [1, 0.5] });
const evaluation = await evaluate([{ id: "a", reference: truth, prediction: found }], {
  metrics: { dice: (r, p) => diceScore(r, p) },
});
const { pValue } = wilcoxonSignedRank([3, 2, 4, 1], [1, 1, 1, 5], { method: "approximate" });
console.log(
  dice.toFixed(3),
  distance,
  summarize([dice, Number.NaN]).undefined,
  evaluation.ids.join(),
  pValue.toFixed(4),
  matchInstances(truth, found, { threshold: 0.3 }).matches.length,
);
