export type { ClassNames } from "./classMasks.js";
export type { EvaluatedMask, EvaluateOptions, EvaluationCase, EvaluationMetric } from "./evaluate.js";
export { EvaluationError, evaluate } from "./evaluate.js";
export type {
  CaseScores,
  Evaluation,
  EvaluationFailure,
  EvaluationParts,
  OverallSummary,
  ReductionOrder,
} from "./evaluation.js";
export { evaluationFromJson } from "./evaluationFromJson.js";
export type { EvaluationToCsvOptions } from "./evaluationToCsv.js";
export { evaluationToCsv } from "./evaluationToCsv.js";
export type { Summary } from "./summarize.js";
export { summarize } from "./summarize.js";
