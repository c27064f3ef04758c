/** What a report has to know of a metric. */
interface MetricFacts {
  title: string;
  /** Which direction is better. */
  better: "higher" | "lower";
  /** Decimals worth showing. */
  digits: number;
}

/** The metrics a study can show, in the order of the report. */
export const metricFacts = {
  dice: { title: "Dice", better: "higher", digits: 3 },
  iou: { title: "IoU", better: "higher", digits: 3 },
  precision: { title: "Precision", better: "higher", digits: 3 },
  recall: { title: "Recall", better: "higher", digits: 3 },
  nsd: { title: "Surface Dice", better: "higher", digits: 3 },
  hd95: { title: "HD95 (voxels)", better: "lower", digits: 1 },
  assd: { title: "ASSD (voxels)", better: "lower", digits: 1 },
} as const satisfies Record<string, MetricFacts>;

export type MetricName = keyof typeof metricFacts;

export const metricNames = Object.keys(metricFacts) as [MetricName, ...MetricName[]];
