import type { Preconditioner } from "./conjugateGradients.js";
import type { GridSystem } from "./GridSystem.js";

/** One over the diagonal, 0 where nothing is unknown. */
export function inverseDiagonal({ diagonal }: GridSystem): Float64Array {
  return diagonal.map((value) => (value === 0 ? 0 : 1 / value));
}

/** Division by the diagonal. */
export function jacobi(system: GridSystem): Preconditioner {
  const { count, margin } = system;
  const inverse = inverseDiagonal(system);
  const apply = (r: Float64Array, z: Float64Array): number => {
    let product = 0;
    for (let i = margin; i < margin + count; i++) {
      const value = r[i]! * inverse[i]!;
      z[i] = value;
      product += value * r[i]!;
    }
    return product;
  };
  return { apply, flexible: false };
}
