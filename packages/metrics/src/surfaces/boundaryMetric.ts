import { ArgumentError, expectOneOf, expectOptions } from "@ddl/core";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";
import type { ArrayInput } from "../input/values.js";
import type { BorderElement } from "./borderElements.js";
import type { SurfaceDistances } from "./surfaceDistances.js";
import { distancesBetween } from "./surfaceDistances.js";

/** What every metric of {@link SurfaceDistances} takes. */
export interface SurfaceOptions {
  /** Size of a pixel along each axis, > 0. Default 1 everywhere: distances in pixels. Not with distances, which have it in them. */
  spacing?: readonly number[];
  /** Default: both empty `"nan"`, one empty `"worst"`: the distance between opposite corners of the image, or 0 for a score. */
  emptyPolicy?: EmptyPolicy;
}

/** Options of a metric that can weigh its border by length or area. */
export interface ElementOptions extends SurfaceOptions {
  /** What the border consists of: pixels (`voxel`, default), or contour between them, weighted by its size (`surfel`). */
  elements?: BorderElement;
}

/** A number for two masks, or for the distances between their borders. */
export interface BoundaryMetric<O extends SurfaceOptions> {
  (reference: ArrayInput, prediction: ArrayInput, ...options: object extends O ? [options?: O] : [options: O]): number;
  (
    distances: SurfaceDistances,
    ...options: object extends O ? [options?: Omit<O, "spacing">] : [options: Omit<O, "spacing">]
  ): number;
}

/** How a metric comes from distances. */
export interface Formula<O extends SurfaceOptions> {
  /** Names of the options beside `spacing` and `emptyPolicy`. */
  keys: readonly (keyof O & string)[];
  /** Whether the worst is 0; without it, the diagonal of the image. */
  isScore?: boolean;
  /** Which border elements the options ask for; undefined where any will do. */
  elements(options: O): BorderElement | undefined;
  /** Checks the options, then works on distances of masks that are not empty. */
  prepare(functionName: string, options: O): (distances: SurfaceDistances) => number;
}

/** Of metrics for which the caller chooses. */
export function elementsAsked({ elements }: ElementOptions): BorderElement | undefined {
  return elements;
}

/** Makes a metric of pairs and of distances from its formula. */
export function boundaryMetric<O extends SurfaceOptions>(functionName: string, formula: Formula<O>): BoundaryMetric<O> {
  const metric = (first: ArrayInput | SurfaceDistances, second?: unknown, third?: unknown): number => {
    const given = first !== null && typeof first === "object" && "fromReference" in first ? first : undefined;
    const options = ((given === undefined ? third : second) ?? {}) as O;
    const keys = [...formula.keys, "emptyPolicy", ...(given === undefined ? ["spacing"] : [])] as (keyof O & string)[];
    expectOptions(functionName, options, keys);
    const evaluate = prepareMetric(functionName, formula, options);
    const elements = formula.elements(options);
    if (elements !== undefined) expectOneOf(functionName, "elements", elements, ["voxel", "surfel"]);
    if (given !== undefined && (elements ?? given.elements) !== given.elements) {
      const expected = `be those of elements "${elements}"`;
      throw new ArgumentError({ functionName, argument: "distances", expected, received: given.elements });
    }
    return evaluate(
      given ??
        distancesBetween(functionName, first as ArrayInput, second as ArrayInput, options.spacing, elements ?? "voxel"),
    );
  };
  return metric;
}

/** Checks the options of a formula and gives it with the empty policy around it. */
export function prepareMetric<O extends SurfaceOptions>(
  functionName: string,
  { isScore = false, prepare }: Formula<O>,
  options: O,
): (distances: SurfaceDistances) => number {
  const policy = resolvePolicy(functionName, options.emptyPolicy);
  const formula = prepare(functionName, options);
  return (distances) => {
    const { fromReference, fromPrediction, diagonal } = distances;
    const worst = isScore ? 0 : diagonal;
    return (
      emptyValue(functionName, policy, fromReference.length === 0, fromPrediction.length === 0, worst) ??
      formula(distances)
    );
  };
}
