/** Learning rate after `count` advances; stays as it is after the last. */
export type Curve = (count: number) => number;

/** From `base` to `minimum` in half a cosine wave (Loshchilov and Hutter 2017, `loshchilov2017`, equation 5, without restarts). */
export function cosineCurve(base: number, minimum: number, total: number): Curve {
  return (count) => minimum + ((base - minimum) * (1 + Math.cos((Math.PI * Math.min(count, total)) / total))) / 2;
}

/** base · (1 − t/T)^power. */
export function polyCurve(base: number, power: number, total: number): Curve {
  return (count) => base * (1 - Math.min(count, total) / total) ** power;
}

/** A straight line from `from`·base to base, then another curve from its beginning. */
export function warmedUp(base: number, length: number, from: number, then: Curve): Curve {
  return (count) => (count < length ? base * (from + ((1 - from) * count) / length) : then(count - length));
}

/** What {@link oneCycleCurve} is made from. */
export interface OneCycleCurve {
  maximum: number;
  total: number;
  riseFraction: number;
  divisor: number;
  finalDivisor: number;
  anneal: "cosine" | "linear";
  threePhases: boolean;
}

/**
 * Up to `maximum` and down again (Smith and Topin 2019, `smith2019`), with torch's corners: the first phase ends at riseFraction·T − 1, a
 * second of the same length may lead back to where the first began, the last one ends at T − 1.
 */
export function oneCycleCurve(options: OneCycleCurve): Curve {
  const { maximum, total, riseFraction, divisor, finalDivisor, anneal, threePhases } = options;
  const initial = maximum / divisor;
  const minimum = initial / finalDivisor;
  const top = riseFraction * total - 1;
  const phases = threePhases
    ? [
        { end: top, from: initial, to: maximum },
        { end: 2 * riseFraction * total - 2, from: maximum, to: initial },
        { end: total - 1, from: initial, to: minimum },
      ]
    : [
        { end: top, from: initial, to: maximum },
        { end: total - 1, from: maximum, to: minimum },
      ];
  return (count) => {
    const at = Math.min(count, total - 1);
    const k = phases.findIndex(({ end }) => at <= end);
    const { end, from, to } = phases[k]!;
    const begin = k === 0 ? 0 : phases[k - 1]!.end;
    const part = (at - begin) / (end - begin);
    return anneal === "linear" ? from + (to - from) * part : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));
  };
}
