/** The boundary part of the presets. */
export const boundaryConventions: Record<
  "medpy" | "monai" | "surfaceDistance" | "metricsReloaded" | "torchmetrics",
  object
> = { medpy: {}, monai: {}, surfaceDistance: {}, metricsReloaded: {}, torchmetrics: {} };
