import type { FoldForm } from "./cortex.js";
import { measureFolds } from "./cortex.js";
import type { SmoothNoise } from "./noise.js";
import type { Sample } from "./tissue.js";
import { cover, ellipsoidDepth, inside, ramp, Tissue } from "./tissue.js";
import { ventricleDepth } from "./ventricles.js";

/** Form of one brain. */
export interface BrainForm {
  folds: FoldForm;
  /** Factor on the width of the ventricles. */
  ventricles: number;
  /** How bright the caps around the ventricles are, 0 to 1. */
  caps: number;
  /** How many small bright spots the white matter has, 0 to 1. */
  spots: number;
  /** How much of the fluid at the base of the brain flows and stays bright, 0 to 1. */
  flow: number;
  /** How far the two sides differ. */
  asymmetry: number;
}

/** Lays the brain into the sample, whose depths the head has set. */
export function coverBrain(
  form: BrainForm,
  noise: SmoothNoise,
  edge: number,
  x: number,
  y: number,
  z: number,
  sample: Sample,
): void {
  const depth = sample.brainDepth;
  const brain = inside(depth, edge);
  const u = x + form.asymmetry * noise.at(1.3 * x + 4.4, 1.3 * y + 6.1, 1.3 * z + 2.7);
  const v = y + form.asymmetry * noise.at(1.3 * x + 8.5, 1.3 * y + 1.6, 1.3 * z + 5.9);
  const side = Math.abs(u);
  const tent =
    z > 0.1 ? -1 : -0.04 - 0.45 * side - 0.3 * Math.max(0, v - 0.25) + 0.03 * noise.at(4 * u + 2.4, 4 * v + 5.7, 0.9);
  const rear = v > 0.06 + 0.45 * side ? ramp(v, 0.1, 0.3) : 0;
  const below = rear > 0 ? (tent - z) * rear - 0.05 * (1 - rear) : -1;

  if (below > 0) {
    coverCerebellum(noise, edge, u, v, z, Math.min(depth, below), brain, sample);
  } else {
    coverCerebrum(form, noise, edge, u, v, z, brain, sample);
    if (below > -0.008) cover(sample, Tissue.fluid, brain * 0.55);
  }
  coverBase(form, noise, edge, u, v, z, brain, sample);

  const ventricle = ventricleDepth(form.ventricles, u, v, z);
  sample.ventricleDepth = ventricle;
  if (form.caps > 0 && ventricle > -0.09 && z > -0.1) {
    // Brightest at the tips of the horns, in front and behind.
    const tips = ramp(Math.abs(v - 0.03), 0.15, 0.4);
    const cap = form.caps * (0.25 + 0.75 * tips) * ramp(ventricle, -0.03 - 0.06 * tips, 0.005);
    cover(sample, Tissue.gliosis, brain * cap);
  }
  if (ventricle > -edge) cover(sample, Tissue.fluid, brain * inside(ventricle, edge));
}

function coverCerebrum(
  form: BrainForm,
  noise: SmoothNoise,
  edge: number,
  x: number,
  y: number,
  z: number,
  brain: number,
  sample: Sample,
): void {
  const depth = sample.brainDepth;
  measureFolds(form.folds, noise, x, y, z, sample);
  const cortex = sample.cortexDistance;
  sample.cortexDistance = cortex;
  cover(sample, Tissue.white, brain);
  if (form.spots > 0 && cortex > 0.06) {
    const spot = noise.at(9 * x + 0.6, 9 * y + 3.7, 7 * z + 5.5) - 3.1 + form.spots;
    cover(sample, Tissue.gliosis, 0.8 * brain * inside(spot, 0.35));
  }
  const side = Math.abs(x);
  const nuclei = Math.max(
    ellipsoidDepth(side, y, z, [0.1, 0.1, 0], [0.085, 0.14, 0.11]),
    ellipsoidDepth(side - 0.25 * (y + 0.08), y, z, [0.24, -0.08, -0.01], [0.06, 0.18, 0.11]),
    ellipsoidDepth(side, y, z, [0.14, -0.27, 0.03], [0.045, 0.09, 0.1]),
  );
  cover(sample, Tissue.deepGrey, 0.85 * brain * inside(nuclei, edge + 0.015));
  cover(sample, Tissue.grey, brain * inside(form.folds.ribbon - cortex, edge));
  // Walls and vessels take part of the pixels even in the middle of a sulcus.
  const sulcus = 0.8 * brain * inside(sample.foldDepth, edge);
  cover(sample, Tissue.fluid, sulcus);
  if (sulcus > 0.1 || depth < 0.03) {
    const vessel = noise.at(11 * x + 1.2, 11 * y + 5.8, 9 * z + 3.9) - 2.2;
    cover(sample, Tissue.vessel, 0.8 * brain * inside(vessel, 0.4));
  }
}

function coverCerebellum(
  noise: SmoothNoise,
  edge: number,
  x: number,
  y: number,
  z: number,
  depth: number,
  brain: number,
  sample: Sample,
): void {
  sample.cortexDistance = depth;
  const radius = Math.sqrt(0.6 * x * x + (y - 0.1) * (y - 0.1) + (z + 0.3) * (z + 0.3));
  const folia = Math.sin(75 * radius + 2.5 * noise.at(4 * x, 4 * y + 2.9, 4 * z + 6.2));
  const bark = ramp(depth, 0.3, 0.14);
  cover(sample, Tissue.white, brain);
  cover(sample, Tissue.grey, brain * Math.min(1, bark * (0.75 + 0.35 * folia)));
  cover(sample, Tissue.fluid, brain * bark * 0.45 * ramp(folia, 0.55, 1));
  cover(sample, Tissue.fluid, brain * inside(0.012 - depth, edge));
}

/** Brain stem, cisterns around it, and the vessels and sinuses that the contrast agent shows. */
function coverBase(
  form: BrainForm,
  noise: SmoothNoise,
  edge: number,
  x: number,
  y: number,
  z: number,
  brain: number,
  sample: Sample,
): void {
  if (z < 0 && Math.abs(x) < 0.4) {
    const lean = y - 0.12 - 0.12 * (z + 0.3);
    const uneven = 0.03 * noise.at(5 * x + 7.3, 5 * y + 0.6, 3 * z + 4.7);
    const cistern = Math.max(
      ellipsoidDepth(x, y, z, [0, -0.1, -0.24], [0.15, 0.13, 0.12]) + uneven,
      Math.min(0.17 + uneven - Math.sqrt(x * x + lean * lean), -0.12 - z),
    );
    if (cistern > -edge) {
      const fraction = brain * inside(cistern, edge);
      const flow = form.flow * ramp(noise.at(5 * x + 3.3, 5 * y + 8.2, 5 * z + 1.4), -0.2, 1);
      cover(sample, Tissue.fluid, fraction);
      cover(sample, Tissue.flowingFluid, fraction * flow);
      cover(sample, Tissue.vessel, fraction * inside(noise.at(8 * x, 8 * y + 4.6, 6 * z + 7.3) - 1.2, 0.4));
    }
    const stem = Math.min(0.145 - uneven - Math.sqrt(x * x + lean * lean), -0.06 - z);
    cover(sample, Tissue.deepGrey, brain * inside(stem, edge));
    cover(sample, Tissue.white, 0.5 * brain * inside(stem - 0.03, edge));
  }
  const outer = sample.brainDepth;
  if (outer < 0.08 && z > -0.3 && y > 0) {
    const sinus = 0.05 - Math.abs(x) - 0.8 * outer;
    cover(sample, Tissue.vessel, brain * inside(sinus, edge));
  }
}
