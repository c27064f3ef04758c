import type { AnyArray } from "@ddl/core";
import { ArgumentError, expectFiniteValues, expectNumber, expectOneOf, expectShape, ShapeError } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { ActiveContourSettings } from "./options.js";
import { snakeEnds } from "./shapeSolver.js";

/** Names of the options that may change while a snake runs. */
export const settingNames = [
  "alpha",
  "beta",
  "wLine",
  "wEdge",
  "gamma",
  "maxPixelMove",
  "convergence",
  "boundaryCondition",
  "forceField",
  "balloon",
] as const;

const conditions = ["periodic", "free", "fixed", "free-fixed", "fixed-free", "fixed-fixed", "free-free"] as const;

/** Settings with nothing left to a default. */
export type CompleteSettings = Required<Omit<ActiveContourSettings, "forceField">> &
  Pick<ActiveContourSettings, "forceField">;

/** Fills in the defaults and checks all settings for an image and a snake. */
export function completeSettings(
  name: string,
  settings: ActiveContourSettings,
  image: { readonly rows: number; readonly columns: number },
  snake: NdArray<AnyArray>,
): CompleteSettings {
  const { alpha = 0.01, beta = 0.1, wLine = 0, gamma = 0.01, maxPixelMove = 1, ...others } = settings;
  const { forceField, boundaryCondition = "periodic", convergence = 0.1, balloon = 0 } = others;
  const { wEdge = forceField === undefined ? 1 : 0 } = others;
  expectNumber(name, "alpha", alpha, { min: 0 });
  expectNumber(name, "beta", beta, { min: 0 });
  expectNumber(name, "wLine", wLine);
  expectNumber(name, "wEdge", wEdge);
  expectNumber(name, "gamma", gamma, { above: 0 });
  expectNumber(name, "maxPixelMove", maxPixelMove, { above: 0 });
  expectNumber(name, "convergence", convergence, { min: 0 });
  expectOneOf(name, "boundaryCondition", boundaryCondition, conditions);
  expectNumber(name, "balloon", balloon);
  const { start, end, periodic } = snakeEnds(boundaryCondition);
  if (balloon !== 0 && !periodic) {
    const expected = 'be 0 unless boundaryCondition is "periodic"';
    throw new ArgumentError({ functionName: name, argument: "balloon", expected, received: balloon });
  }
  const least = start === "free" || end === "free" ? 4 : 3;
  if (snake.shape[0]! < least) {
    const expected = `have at least ${least} points with boundaryCondition "${boundaryCondition}"`;
    throw new ShapeError({ functionName: name, argument: "snake", expected, received: snake.shape });
  }
  if (forceField !== undefined) {
    expectShape(name, "forceField", forceField, [image.rows, image.columns, 2], "rows, columns, row and column force");
    expectFiniteValues(name, "forceField", forceField);
  }
  const complete = { alpha, beta, wLine, wEdge, gamma, maxPixelMove, convergence, boundaryCondition, balloon };
  return forceField === undefined ? complete : { ...complete, forceField };
}
