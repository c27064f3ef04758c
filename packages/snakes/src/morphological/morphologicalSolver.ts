import { throwIfAborted, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { MorphologicalProgress, MorphologicalResult, MorphologicalSolver } from "./options.js";
import type { PackedSet } from "./packedSet.js";
import { packedSet, unpack } from "./packedSet.js";
import { smoothPacked } from "./smoothPacked.js";

/** The part all morphological snakes share: an iteration moves the front by the forces and smooths the set. */
export function morphologicalSolver<Change extends object>(
  start: NdArray<Uint8Array>,
  region: NdArray<Uint8Array> | undefined,
  settings: { phase: 0 | 1; smoothing(): number; move(set: PackedSet): void; change(options: Change): void },
): MorphologicalSolver<Change> {
  const { shape } = start;
  const set = packedSet(shape, start.data, region && toContiguous(region, Uint8Array).data);
  let { phase } = settings;
  let iterations = 0;
  let changed = 0;
  // A set that came back, with the same operator next, comes back for ever: after one iteration, or after two.
  let last: Snapshot = { words: set.words.slice(), phase, isKnown: false };
  let lastButOne: Snapshot = { ...last, words: set.words.slice() };
  let repeats = false;
  return {
    get mask() {
      return unpack(set, shape);
    },
    get phase() {
      return phase;
    },
    get iterations() {
      return iterations;
    },
    get changed() {
      return changed;
    },
    get converged() {
      return repeats;
    },
    change(options) {
      settings.change(options);
      last.isKnown = false;
      lastButOne.isKnown = false;
      repeats = false;
    },
    step(count = 1) {
      for (let k = 0; k < count; k++) {
        [last, lastButOne] = [lastButOne, last];
        last.words.set(set.words);
        last.phase = phase;
        last.isKnown = true;
        settings.move(set);
        for (let operator = settings.smoothing(); operator > 0; operator--) {
          smoothPacked(set, phase);
          phase = phase === 0 ? 1 : 0;
        }
        iterations++;
        changed = differing(last.words, set.words);
        const isBack = ({ isKnown, phase: before }: Snapshot): boolean => isKnown && before === phase;
        repeats = (isBack(last) && changed === 0) || (isBack(lastButOne) && same(lastButOne.words, set.words));
      }
    },
  };
}

/** The functions are this loop over their solver. */
export function runMorphological<Change extends object>(
  solver: MorphologicalSolver<Change>,
  iterations: number,
  { stopWhenStable, onProgress, signal }: RunOptions,
): MorphologicalResult {
  throwIfAborted(signal);
  while (solver.iterations < iterations && !(stopWhenStable === true && solver.converged)) {
    solver.step();
    onProgress?.({ iteration: solver.iterations, iterations, changed: solver.changed });
    throwIfAborted(signal);
  }
  return { mask: solver.mask, phase: solver.phase, iterations: solver.iterations, converged: solver.converged };
}

/** A set with the operator that came next. */
interface Snapshot {
  words: Int32Array;
  phase: 0 | 1;
  isKnown: boolean;
}

interface RunOptions {
  stopWhenStable?: boolean | undefined;
  onProgress?: ((progress: MorphologicalProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

function same(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function differing(a: Int32Array, b: Int32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    const bits = a[i]! ^ b[i]!;
    if (bits !== 0) count += ones(bits);
  }
  return count;
}

/** The ones of a word, summed in pairs, fours and bytes. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
