import type { Random } from "@ddl/core";
import { acquire } from "./acquisition.js";
import { coverBrain } from "./brain.js";
import { addSignals, signalTable } from "./contrast.js";
import { coverHead } from "./head.js";
import { Lesion } from "./lesion.js";
import type { SmoothNoise } from "./noise.js";
import type { PhantomPatient, Placement } from "./patient.js";
import { clearSample, createSample } from "./tissue.js";

/** Grey values (size, size, 3) and mask (size, size) of one slice, C-ordered. */
export interface RenderedSlice {
  image: Uint8Array<ArrayBuffer>;
  mask: Uint8Array<ArrayBuffer>;
}

/**
 * Cuts one slice through a patient.
 * @param height of the slice, -1 (lowest) to 1 (highest)
 * @param random stream of the slice's own noise
 */
export function renderSlice(
  patient: PhantomPatient,
  noise: SmoothNoise,
  size: number,
  height: number,
  random: Random,
): RenderedSlice {
  const { head, brain, placement } = patient;
  const lesion = new Lesion(patient.lesion, noise);
  const table = signalTable(patient.contrast);
  const signals = new Float32Array(size * size * 3);
  const mask = new Uint8Array(size * size);
  const sample = createSample();
  const point = new Float64Array(3);
  const place = placer(placement, size, height);
  // An edge is as wide as a pixel, and never sharper than a slice's thickness lets it be.
  const edge = Math.max(0.012, 1.3 / (size * placement.scale));
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      place(row, column, point);
      const [x, y, z] = point;
      if (x * x + y * y > 1.7) continue;
      clearSample(sample);
      if (!coverHead(head, noise, edge, x, y, z, sample)) continue;
      if (sample.brainDepth > -edge) {
        lesion.undoMassEffect(x, y, z, point);
        coverBrain(brain, noise, edge, point[0], point[1], point[2], sample);
        if (lesion.cover(edge, x, y, z, sample)) mask[at] = 1;
      }
      const texture = 1 + 0.045 * noise.at(11 * x + 3.6, 11 * y + 0.9, 11 * z + 7.8);
      addSignals(table, sample.fractions, texture, signals, 3 * at);
    }
  }
  return { image: acquire(patient.acquisition, random, size, height, signals), mask };
}

/** The map from pixels of a slice to points of the head. */
function placer(
  placement: Placement,
  size: number,
  height: number,
): (row: number, column: number, point: Float64Array) => void {
  const { scale, shift, turns, range } = placement;
  const [yaw, pitch, roll] = turns;
  const w = 0.5 * (range[0] + range[1]) + 0.5 * height * (range[1] - range[0]);
  const [cy, sy, cp, sp, cr, sr] = [yaw, pitch, roll].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
  return (row, column, point) => {
    const u = ((2 * column + 1) / size - 1 - shift[0]) / scale;
    const v = ((2 * row + 1) / size - 1 - shift[1]) / scale;
    const x = cy * u - sy * v;
    const y = sy * u + cy * v;
    point[0] = cr * x + sr * w;
    const z = cr * w - sr * x;
    point[1] = cp * y - sp * z;
    point[2] = sp * y + cp * z;
  };
}
