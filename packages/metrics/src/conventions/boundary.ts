import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import type { AverageSurfaceDistanceOptions } from "../surfaces/averageSurfaceDistance.js";
import type { BoundaryIouOptions } from "../surfaces/boundaryIou.js";
import type { ElementOptions } from "../surfaces/boundaryMetric.js";
import type { CenterlineDiceOptions } from "../surfaces/centerlineDice.js";
import type { HausdorffDistanceOptions } from "../surfaces/hausdorffDistance.js";
import type { NormalizedSurfaceDiceOptions } from "../surfaces/normalizedSurfaceDice.js";

/** Options of the boundary metrics. The names without a function of their own are uses of the one they begin or end with. */
interface BoundaryConvention {
  hausdorffDistance: HausdorffDistanceOptions;
  /** `hausdorffDistance` at the 95th percentile. */
  robustHausdorffDistance: HausdorffDistanceOptions;
  averageSurfaceDistance: AverageSurfaceDistanceOptions;
  /** `averageSurfaceDistance` of the other direction. */
  averageSurfaceDistanceFromReference: AverageSurfaceDistanceOptions;
  averageSymmetricSurfaceDistance: ElementOptions;
  meanAverageSurfaceDistance: ElementOptions;
  /** To be given a tolerance. */
  normalizedSurfaceDice: Omit<NormalizedSurfaceDiceOptions, "tolerance">;
  boundaryIou: BoundaryIouOptions;
  centerlineDice: CenterlineDiceOptions;
}

type Averages = "averageSurfaceDistance" | "averageSurfaceDistanceFromReference";
type Has<K extends keyof BoundaryConvention> = Readonly<Pick<BoundaryConvention, K>>;

/** Which boundary metrics each tool has. */
export interface BoundaryConventions {
  readonly monai: Has<
    | "hausdorffDistance"
    | "robustHausdorffDistance"
    | Averages
    | "averageSymmetricSurfaceDistance"
    | "normalizedSurfaceDice"
  >;
  readonly medpy: Has<"hausdorffDistance" | "robustHausdorffDistance" | Averages | "averageSymmetricSurfaceDistance">;
  readonly surfaceDistance: Has<"hausdorffDistance" | "robustHausdorffDistance" | Averages | "normalizedSurfaceDice">;
  readonly metricsReloaded: Has<
    | "hausdorffDistance"
    | "robustHausdorffDistance"
    | "averageSymmetricSurfaceDistance"
    | "meanAverageSurfaceDistance"
    | "normalizedSurfaceDice"
    | "boundaryIou"
    | "centerlineDice"
  >;
  readonly torchmetrics: Has<"hausdorffDistance">;
}

/** A function, so that who uses no preset bundles none. */
function makeConventions(): BoundaryConventions {
  const error: EmptyPolicy = { bothEmpty: "error", oneEmpty: "error" };
  const nanOrInfinity: EmptyPolicy = { bothEmpty: "nan", oneEmpty: "infinity" };
  const nan: EmptyPolicy = { bothEmpty: "nan", oneEmpty: "nan" };
  const nanOrZero: EmptyPolicy = { bothEmpty: "nan", oneEmpty: "zero" };
  const zeroOrNan: EmptyPolicy = { bothEmpty: "zero", oneEmpty: "nan" };
  const oneOrZero: EmptyPolicy = { bothEmpty: "one", oneEmpty: "zero" };

  const pooled = { convention: "pooled", emptyPolicy: error } as const;
  const robust = { percentile: 95 } as const;
  const surfel = { elements: "surfel" } as const;
  const surfelHausdorff = {
    convention: "surfel",
    emptyPolicy: { bothEmpty: "infinity", oneEmpty: "infinity" },
  } as const;
  const maximum = { convention: "directed-max" } as const;
  const fromReference = { from: "reference" } as const;
  return {
    monai: {
      hausdorffDistance: { ...maximum, emptyPolicy: nanOrInfinity },
      robustHausdorffDistance: { ...robust, ...maximum, emptyPolicy: nan },
      averageSurfaceDistance: { emptyPolicy: nanOrInfinity },
      averageSurfaceDistanceFromReference: { ...fromReference, emptyPolicy: nanOrInfinity },
      averageSymmetricSurfaceDistance: { emptyPolicy: nanOrInfinity },
      normalizedSurfaceDice: { emptyPolicy: nanOrZero },
    },
    medpy: {
      hausdorffDistance: pooled,
      robustHausdorffDistance: { ...robust, ...pooled },
      averageSurfaceDistance: { emptyPolicy: error },
      averageSurfaceDistanceFromReference: { ...fromReference, emptyPolicy: error },
      averageSymmetricSurfaceDistance: { emptyPolicy: error },
    },
    surfaceDistance: {
      hausdorffDistance: surfelHausdorff,
      robustHausdorffDistance: { ...robust, ...surfelHausdorff },
      averageSurfaceDistance: {
        ...surfel,
        emptyPolicy: { bothEmpty: "nan", referenceEmpty: "infinity", predictionEmpty: "nan" },
      },
      averageSurfaceDistanceFromReference: {
        ...surfel,
        ...fromReference,
        emptyPolicy: { bothEmpty: "nan", referenceEmpty: "nan", predictionEmpty: "infinity" },
      },
      normalizedSurfaceDice: { ...surfel, emptyPolicy: nanOrZero },
    },
    metricsReloaded: {
      hausdorffDistance: { ...maximum, emptyPolicy: zeroOrNan },
      robustHausdorffDistance: { ...robust, ...maximum, emptyPolicy: zeroOrNan },
      averageSymmetricSurfaceDistance: { emptyPolicy: zeroOrNan },
      meanAverageSurfaceDistance: { emptyPolicy: zeroOrNan },
      normalizedSurfaceDice: { emptyPolicy: oneOrZero },
      boundaryIou: { distance: 1, emptyPolicy: oneOrZero },
      centerlineDice: { emptyPolicy: nan },
    },
    torchmetrics: {
      hausdorffDistance: { ...maximum, emptyPolicy: { bothEmpty: "error", oneEmpty: "infinity" } },
    },
  };
}

/**
 * For each tool and metric, the options that give the tool's value, in float64 where the tool has float32.
 *
 * MONAI: what it gives before it leaves undefined values out of means; with a percentile an empty mask is undefined there, without
 * one infinitely far. Its surface Dice with `use_subvoxels=True` is `{ ...normalizedSurfaceDice, elements: "surfel" }`.
 * surface-distance: a direction is undefined where it has no border to start from, infinite where it has none to arrive at.
 */
export const boundaryConventions: BoundaryConventions = /* @__PURE__ */ makeConventions();
