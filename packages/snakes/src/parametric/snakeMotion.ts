import type { AnyArray } from "@ddl/core";
import { toValues, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { addBalloonForce } from "./addBalloonForce.js";
import { addFieldForce } from "./addFieldForce.js";
import type { BiquadraticSpline } from "./biquadraticSpline.js";
import type { ImageEnergy } from "./imageEnergy.js";
import type { CompleteSettings } from "./settings.js";
import { shapeSolver, snakeEnds } from "./shapeSolver.js";

/** Configurations that a new one is compared with. */
const remembered = 10;

/** The points of a snake and how they move; lengths are in the unit of the spacing. */
export class SnakeMotion {
  iterations = 0;
  converged = false;
  moved = 0;
  readonly #y: Float64Array;
  readonly #x: Float64Array;
  readonly #earlier: { y: Float64Array; x: Float64Array }[] = [];
  #settings!: CompleteSettings;
  #spline: BiquadraticSpline | undefined;
  #field: Float64Array | undefined;
  #solve!: (x: Float64Array) => void;

  constructor(
    readonly energy: ImageEnergy,
    snake: NdArray<AnyArray>,
    readonly spacing: readonly number[],
    settings: CompleteSettings,
  ) {
    const points = toValues(snake, Float64Array);
    this.#y = Float64Array.from({ length: points.length / 2 }, (_, i) => points[2 * i]! * spacing[0]!);
    this.#x = Float64Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + 1]! * spacing[1]!);
    this.change(settings);
  }

  get snake(): NdArray<Float64Array> {
    const result = zeros(Float64Array, [this.#y.length, 2]);
    for (let i = 0; i < this.#y.length; i++) {
      result.data[2 * i] = this.#y[i]! / this.spacing[0]!;
      result.data[2 * i + 1] = this.#x[i]! / this.spacing[1]!;
    }
    return result;
  }

  change(settings: CompleteSettings): void {
    this.#settings = settings;
    this.#spline = this.energy.spline(settings.wLine, settings.wEdge);
    this.#field = settings.forceField && toValues(settings.forceField, Float64Array);
    this.#solve = shapeSolver(this.#y.length, settings, settings.boundaryCondition);
    this.#earlier.length = 0;
    this.converged = false;
  }

  step(): void {
    const [y, x] = [this.#y, this.#x];
    const { gamma, maxPixelMove, boundaryCondition } = this.#settings;
    const { start, end } = snakeEnds(boundaryCondition);
    const forces = this.#forces();
    const last = y.length - 1;
    for (const force of [forces.y, forces.x]) {
      force[0]! *= endWeights[start]!;
      force[last]! *= endWeights[end]!;
    }
    const target = forces; // in place: γ · position + force, then where the shape lets it go
    for (let i = 0; i <= last; i++) {
      target.y[i]! += gamma * y[i]!;
      target.x[i]! += gamma * x[i]!;
    }
    this.#solve(target.y);
    this.#solve(target.x);
    const first = start === "fixed" ? 1 : 0;
    const stop = end === "fixed" ? last - 1 : last;
    this.moved = 0;
    for (let i = first; i <= stop; i++) {
      const dy = maxPixelMove * Math.tanh(target.y[i]! - y[i]!);
      const dx = maxPixelMove * Math.tanh(target.x[i]! - x[i]!);
      y[i]! += dy;
      x[i]! += dx;
      this.moved = Math.max(this.moved, Math.abs(dy) + Math.abs(dx));
    }
    this.iterations++;
    this.#compare();
  }

  #forces(): { y: Float64Array; x: Float64Array } {
    const [height, width] = this.spacing as [number, number];
    const n = this.#y.length;
    const forces = { y: new Float64Array(n), x: new Float64Array(n) };
    const row = this.#y.map((value) => value / height);
    const column = this.#x.map((value) => value / width);
    if (this.#spline !== undefined) {
      const slope = new Float64Array(2);
      for (let i = 0; i < n; i++) {
        this.#spline.gradient(row[i]!, column[i]!, slope);
        forces.y[i] = slope[0]! / height;
        forces.x[i] = slope[1]! / width;
      }
    }
    if (this.#field) addFieldForce(this.#field, [this.energy.rows, this.energy.columns], row, column, forces);
    if (this.#settings.balloon !== 0) addBalloonForce(this.#y, this.#x, forces, this.#settings.balloon);
    return forces;
  }

  /** Ten configurations are kept, the eleventh is compared with each: a snake may swing between a few. */
  #compare(): void {
    const [y, x] = [this.#y, this.#x];
    if (this.#earlier.length < remembered) {
      this.#earlier.push({ y: y.slice(), x: x.slice() });
      return;
    }
    const distance = (other: { y: Float64Array; x: Float64Array }): number => {
      let most = 0;
      for (let i = 0; i < y.length; i++) {
        most = Math.max(most, Math.abs(other.y[i]! - y[i]!) + Math.abs(other.x[i]! - x[i]!));
      }
      return most;
    };
    this.converged = Math.min(...this.#earlier.map(distance)) < this.#settings.convergence;
    this.#earlier.length = 0;
  }
}

const endWeights: Record<string, number> = { periodic: 1, fixed: 0, free: 2 };
