import { diceScore, hausdorffDistance, summarize } from "@ddl/metrics";
import ndarray from "ndarray";

const truth = ndarray(Uint8Array.of(0, 1, 1, 0, 1, 1), [2, 3]);
const found = ndarray(Uint8Array.of(1, 1, 0, 0, 1, 0), [2, 3]);
const dice = diceScore(truth, found);
const distance = hausdorffDistance(truth, found, { spacing: [1, 0.5] });
console.log(dice.toFixed(3), distance, summarize([dice, Number.NaN]).undefined);
