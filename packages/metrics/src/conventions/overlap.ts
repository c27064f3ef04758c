import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import type { ZeroDivision } from "../empty/zeroDivision.js";
import type { BalancedAccuracyOptions } from "../overlap/balancedAccuracy.js";
import type { ScoreOptions } from "../overlap/classScore.js";
import type { CohenKappaOptions } from "../overlap/cohenKappa.js";
import type { FBetaOptions } from "../overlap/fBeta.js";
import type { GeneralizedDiceOptions } from "../overlap/generalizedDice.js";
import type { SpecificityOptions } from "../overlap/specificity.js";
import type { ReduceScoresOptions } from "./reduceScores.js";

/** Options of every overlap metric, by its name. */
interface OverlapOptions {
  diceScore: ScoreOptions;
  jaccardIndex: ScoreOptions;
  precision: ScoreOptions;
  recall: ScoreOptions;
  sensitivity: ScoreOptions;
  specificity: SpecificityOptions;
  accuracy: ZeroDivision;
  balancedAccuracy: BalancedAccuracyOptions;
  fBeta: FBetaOptions;
  matthewsCorrelation: ZeroDivision;
  cohenKappa: CohenKappaOptions;
  generalizedDice: GeneralizedDiceOptions;
  reduceScores: ReduceScoresOptions;
}

/** The overlap metrics that a tool has, with the options that reproduce it. */
type Preset<K extends keyof OverlapOptions> = Pick<OverlapOptions, K>;

/** Both masks empty, only the prediction, only the reference. */
const cells = (
  bothEmpty: "nan" | "one" | "zero",
  predictionEmpty: "nan" | "zero",
  referenceEmpty: "nan" | "zero",
): { emptyPolicy: EmptyPolicy } => ({ emptyPolicy: { bothEmpty, predictionEmpty, referenceEmpty } });

/** The overlap part of the presets. */
interface OverlapConventions {
  medpy: Preset<"diceScore" | "jaccardIndex" | "precision" | "recall" | "sensitivity" | "specificity">;
  monai: Preset<Exclude<keyof OverlapOptions, "cohenKappa">>;
  surfaceDistance: Preset<"diceScore">;
  metricsReloaded: Preset<Exclude<keyof OverlapOptions, "generalizedDice" | "reduceScores">>;
  torchmetrics: Preset<Exclude<keyof OverlapOptions, "balancedAccuracy" | "reduceScores">>;
}

/** A function, so that who uses no preset bundles none. */
function makeConventions(): OverlapConventions {
  const one = cells("one", "zero", "zero");
  const nan = cells("nan", "zero", "zero");
  const zero = cells("zero", "zero", "zero");
  const skip = { undefinedClasses: "skip" } as const;
  const recallOfMonai = cells("nan", "zero", "nan");
  return {
    medpy: {
      diceScore: one,
      jaccardIndex: one,
      precision: zero,
      recall: zero,
      sensitivity: zero,
      specificity: { zeroDivision: "zero" },
    },
    monai: {
      diceScore: { ...recallOfMonai, ...skip },
      jaccardIndex: { ...recallOfMonai, ...skip },
      precision: { ...cells("nan", "nan", "zero"), ...skip },
      recall: { ...recallOfMonai, ...skip },
      sensitivity: { ...recallOfMonai, ...skip },
      specificity: { zeroDivision: "nan", ...skip },
      accuracy: { zeroDivision: "nan" },
      balancedAccuracy: { zeroDivision: "nan" },
      fBeta: { ...nan, ...skip },
      matthewsCorrelation: { zeroDivision: "nan" },
      generalizedDice: { ...one, weighting: "square" },
      reduceScores: { order: ["class", "case"], undefinedScores: "skip", allUndefined: "zero" },
    },
    surfaceDistance: { diceScore: nan },
    metricsReloaded: {
      diceScore: one,
      jaccardIndex: nan,
      precision: nan,
      recall: recallOfMonai,
      sensitivity: recallOfMonai,
      specificity: { zeroDivision: "nan" },
      accuracy: { zeroDivision: "nan" },
      balancedAccuracy: { zeroDivision: "nan" },
      fBeta: one,
      matthewsCorrelation: { zeroDivision: "nan" },
      cohenKappa: { zeroDivision: "nan" },
    },
    torchmetrics: {
      diceScore: { ...nan, ...skip },
      jaccardIndex: { ...nan, ...skip },
      precision: zero,
      recall: zero,
      sensitivity: zero,
      specificity: { zeroDivision: "zero" },
      accuracy: { zeroDivision: "zero" },
      fBeta: zero,
      matthewsCorrelation: { zeroDivision: "zero" },
      cohenKappa: { zeroDivision: "nan" },
      generalizedDice: { ...zero, weighting: "square" },
    },
  };
}

/** Where a tool has several functions for one metric, the one for segmentation masks; where it is known to be wrong, its formula. */
export const overlapConventions: OverlapConventions = /* @__PURE__ */ makeConventions();
