// Times the sides of a comparison in turn, in one process run, after their outputs were found to agree.
import { disturbers, load, processTimes } from "./processLoad.mjs";
import { median, summarize } from "./statistics.mjs";

/** Rounds below which a median says little; trials of the harness itself may have fewer. */
const fewestRounds = 7;
const mostRepetitions = 2000;
/** Milliseconds. */
const longCall = 50;

/**
 * A side is a synchronous function, or an object:
 * - `run()`: the work, timed here; or `time(repetitions)`: gives the milliseconds of one, timed where the work is
 * - `before()`: what must come before, outside the time
 * - `output()`: numbers that the sides must agree on; the side is left out of the check without it
 * - `once: true`: too slow for more than one call, which is made in the last round without warm-up
 *
 * Ratios are times of a side over that of the first one: above 1 the first is faster.
 *
 * @param sides by name, first the one that the others are compared with
 * @param tolerance largest difference of outputs, relative to the largest number
 * @param expected numbers from elsewhere that the first side must agree with: `{ values, from }`
 * @param roundMilliseconds how long a side works in one round, as far as one call is not longer
 * @param pause milliseconds between sides: workers that poll for work (ours for 1 ms, OpenMP's for longer) go to sleep
 */
export async function compare(title, options) {
  const { rounds = 9, warmup = 3, roundMilliseconds = 30, pause = 15, tolerance = 1e-4, trial = false } = options;
  if (rounds < fewestRounds && !trial) {
    throw new RangeError(`compare: rounds must be ≥ ${fewestRounds}; received ${rounds}.`);
  }
  const sides = Object.entries(options.sides).map(([name, side]) => prepare(name, side));
  const agreement = await expectAgreement(title, sides, tolerance, options.expected);
  for (let round = 0; round < warmup; round++) {
    for (const side of sides.filter(({ once }) => !once)) {
      // The first calls run in V8's baseline tier, and torch chooses its algorithm in its first.
      await side.time(round === 0 ? 3 : side.repetitions);
      side.each = await side.time(1);
      side.repetitions = Math.round(Math.min(mostRepetitions, Math.max(1, roundMilliseconds / side.each)));
    }
  }
  const loadBefore = load();
  const before = processTimes();
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      if (side.once && round < rounds - 1) continue;
      await new Promise((resolve) => setTimeout(resolve, pause));
      // Not counted: it wakes this side's workers and brings its data back into the caches. Long calls can do without.
      if (side.each < longCall) await side.time(1);
      side.times[round] = await side.time(side.repetitions);
    }
  }
  const result = { title, rounds, ...summaries(sides), agreement, tolerance };
  result.load = { before: loadBefore, after: load() };
  result.disturbers = disturbers(before);
  return result;
}

function prepare(name, side) {
  const { run, before = () => {}, output, once = false, time } = typeof side === "function" ? { run: side } : side;
  const timeRun = async (repetitions) => {
    await before();
    const began = performance.now();
    for (let k = 0; k < repetitions; k++) run();
    return (performance.now() - began) / repetitions;
  };
  const timed = time === undefined ? timeRun : async (repetitions) => time(repetitions);
  const outputOf = async () => {
    await before();
    return output();
  };
  return { name, time: timed, output: output && outputOf, once, repetitions: 1, times: [] };
}

function summaries(sides) {
  const [first, ...others] = sides;
  const milliseconds = {};
  for (const { name, times, repetitions, once } of sides) {
    const counted = times.filter((time) => time !== undefined);
    milliseconds[name] = { ...summarize(counted), repetitions, ...(once && { once }) };
  }
  const ratios = {};
  for (const { name, times } of others) {
    const perRound = times.flatMap((time, round) => (time === undefined ? [] : [time / first.times[round]]));
    const ofMedians = milliseconds[name].median / milliseconds[first.name].median;
    ratios[name] = { ofMedians, medianOfRounds: median(perRound) };
  }
  return { milliseconds, ratios };
}

async function expectAgreement(title, sides, tolerance, expected) {
  const [first, ...others] = sides;
  const errors = {};
  if (first.output === undefined) return errors;
  const values = await first.output();
  if (expected !== undefined) errors[expected.from] = difference(values, expected.values);
  for (const { name, output } of others) if (output !== undefined) errors[name] = difference(values, await output());
  for (const [name, error] of Object.entries(errors)) {
    if (!(error <= tolerance)) {
      throw new Error(
        `${title}: ${first.name} and ${name} differ by ${error} of the largest number, over ${tolerance}.`,
      );
    }
  }
  return errors;
}

/** Largest difference, relative to the largest number; not a number where either side has one that is none. */
function difference(a, b) {
  if (a.length !== b.length) return Number.NaN;
  let largest = 0;
  let error = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    if (!Number.isFinite(distance)) return Number.NaN;
    if (distance > error) error = distance;
    const size = Math.abs(b[i]);
    if (size > largest) largest = size;
  }
  return largest === 0 ? error : error / largest;
}
