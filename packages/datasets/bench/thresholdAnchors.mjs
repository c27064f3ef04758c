// How well thresholds of the raw FLAIR channel segment the lesions of a set: the anchors of its difficulty.

const LEVELS = 256;

export class ThresholdCounter {
  #lesion = new Float64Array(LEVELS);
  #other = new Float64Array(LEVELS);
  #curves = [];
  #oracles = [];
  #areas = [];
  #slices = 0;

  add(image, mask, slices) {
    const pixels = mask.length / slices;
    const lesion = new Float64Array(LEVELS);
    const other = new Float64Array(LEVELS);
    let largest = { area: 0, oracle: 0 };
    for (let slice = 0; slice < slices; slice++) {
      const sliceLesion = new Float64Array(LEVELS);
      const sliceOther = new Float64Array(LEVELS);
      for (let at = slice * pixels; at < (slice + 1) * pixels; at++) {
        (mask[at] ? sliceLesion : sliceOther)[image[3 * at + 1]]++;
      }
      addTo(lesion, sliceLesion);
      addTo(other, sliceOther);
      const area = sum(sliceLesion);
      if (area > 0) this.#areas.push(area / pixels);
      if (area > largest.area) largest = { area, oracle: Math.max(...diceCurve(sliceLesion, sliceOther)) };
    }
    addTo(this.#lesion, lesion);
    addTo(this.#other, other);
    this.#slices += slices;
    this.#curves.push(diceCurve(lesion, other));
    this.#oracles.push(largest.oracle);
  }

  anchors() {
    const pooled = diceCurve(this.#lesion, this.#other);
    const dice = Math.max(...pooled);
    const threshold = pooled.indexOf(dice);
    const atThreshold = this.#curves.map((curve) => curve[threshold]);
    const lesionPixels = sum(this.#lesion);
    return {
      patients: this.#curves.length,
      slices: this.#slices,
      lesionSliceFraction: this.#areas.length / this.#slices,
      areaFraction: { median: median(this.#areas), mean: mean(this.#areas) },
      lesionPixelFraction: lesionPixels / (lesionPixels + sum(this.#other)),
      pooled: { threshold, dice, patientMean: mean(atThreshold), patientMedian: median(atThreshold) },
      ownThresholdMean: mean(this.#curves.map((curve) => Math.max(...curve))),
      oracle: {
        mean: mean(this.#oracles),
        median: median(this.#oracles),
        min: Math.min(...this.#oracles),
        max: Math.max(...this.#oracles),
      },
    };
  }
}

/** Dice of `value >= t` for each t, from the histograms of the pixels inside and outside the reference. */
function diceCurve(lesion, other) {
  const reference = sum(lesion);
  const curve = new Array(LEVELS).fill(0);
  let hit = 0;
  let missed = 0;
  for (let t = LEVELS - 1; t >= 0; t--) {
    hit += lesion[t];
    missed += other[t];
    curve[t] = reference === 0 ? 0 : (2 * hit) / (hit + missed + reference);
  }
  return curve;
}

function addTo(target, values) {
  for (let i = 0; i < values.length; i++) target[i] += values[i];
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values) {
  return sum(values) / values.length;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
