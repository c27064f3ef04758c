/**
 * Goes through φ slab by slab, a row of an image or a plane of a volume. `visit` is given where the slab starts and its curvature, and
 * may then change φ in this slab: what the later ones need of it has been read.
 */
export type CurvatureSweep = (phi: Float64Array, visit: (start: number, curvature: Float64Array) => void) => void;

/**
 * Curvature div(∇φ/√(|∇φ|² + 1e-10)) of a C-ordered level set in two or three dimensions: the unit normals first, then their divergence,
 * both by central differences, one-sided at the ends. In three dimensions the sum of the two principal curvatures.
 *
 * Memory: the normals of three slabs, allocated once.
 */
export function createCurvatureSweep(shape: readonly number[], spacing: readonly number[]): CurvatureSweep {
  const slabs = shape[0]!;
  const columns = shape.at(-1)!;
  const rows = shape.length === 3 ? shape[1]! : 1;
  const [hz, hx] = [spacing[0]!, spacing.at(-1)!];
  const hy = shape.length === 3 ? spacing[1]! : 1;
  const size = rows * columns;
  const acrossSlabs = new Float64Array(3 * size);
  const acrossRows = new Float64Array(rows > 1 ? 3 * size : 0);
  const alongRows = new Float64Array(3 * size);
  const curvature = new Float64Array(size);

  const layNormals = (phi: Float64Array, slab: number): void => {
    const back = slab > 0 ? size : 0;
    const forth = slab < slabs - 1 ? size : 0;
    const dz = back > 0 && forth > 0 ? 2 * hz : hz;
    for (let row = 0, i = slab * size, at = (slab % 3) * size; row < rows; row++) {
      const up = row > 0 ? columns : 0;
      const down = row < rows - 1 ? columns : 0;
      const dy = up > 0 && down > 0 ? 2 * hy : hy;
      for (let column = 0; column < columns; column++, i++, at++) {
        const left = column > 0 ? 1 : 0;
        const right = column < columns - 1 ? 1 : 0;
        const z = (phi[i + forth]! - phi[i - back]!) / dz;
        const y = (phi[i + down]! - phi[i - up]!) / dy;
        const x = (phi[i + right]! - phi[i - left]!) / (left + right === 2 ? 2 * hx : hx);
        const length = Math.sqrt(1e-10 + z * z + y * y + x * x);
        acrossSlabs[at] = z / length;
        if (rows > 1) acrossRows[at] = y / length;
        alongRows[at] = x / length;
      }
    }
  };

  const layCurvature = (slab: number): void => {
    const here = (slab % 3) * size;
    const before = slab > 0 ? ((slab - 1) % 3) * size : here;
    const after = slab < slabs - 1 ? ((slab + 1) % 3) * size : here;
    const dz = slab > 0 && slab < slabs - 1 ? 2 * hz : hz;
    for (let row = 0, j = 0; row < rows; row++) {
      const up = row > 0 ? columns : 0;
      const down = row < rows - 1 ? columns : 0;
      const dy = up > 0 && down > 0 ? 2 * hy : hy;
      for (let column = 0; column < columns; column++, j++) {
        const at = here + j;
        const left = column > 0 ? 1 : 0;
        const right = column < columns - 1 ? 1 : 0;
        let sum = (acrossSlabs[after + j]! - acrossSlabs[before + j]!) / dz;
        if (rows > 1) sum += (acrossRows[at + down]! - acrossRows[at - up]!) / dy;
        sum += (alongRows[at + right]! - alongRows[at - left]!) / (left + right === 2 ? 2 * hx : hx);
        curvature[j] = sum;
      }
    }
  };

  return (phi, visit) => {
    layNormals(phi, 0);
    for (let slab = 0; slab < slabs; slab++) {
      if (slab < slabs - 1) layNormals(phi, slab + 1);
      layCurvature(slab);
      visit(slab * size, curvature);
    }
  };
}
