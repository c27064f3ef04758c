export type { LayersMetric, LayersMetricOptions } from "./layersMetric.js";
export type { FBetaMetricOptions } from "./metrics.js";
export {
  accuracyMetric,
  diceMetric,
  fBetaMetric,
  jaccardMetric,
  precisionMetric,
  recallMetric,
  specificityMetric,
} from "./metrics.js";
