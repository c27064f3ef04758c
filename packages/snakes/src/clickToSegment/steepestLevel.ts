import { binaryClosing, fillHoles, percentile } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import type { ClickWindow } from "./clickWindow.js";
import { disk, meanOf } from "./clickWindow.js";
import { joiningLevels } from "./joiningLevels.js";

/** Levels of the threshold, from below the background (share −0.2) to the click's value (share 1). */
const count = 256;
const lowest = -0.2;
/** What is taken for the object's own value: a disk about the click of this radius. */
const seedRadius = 5;
/** A click is in a dark core if its value is not this share above the background, and its bright rim within so many pixels. */
const coreShare = 0.25;
const rimReach = 20;
/** The likely threshold lies half-way between background and object; this is the deviation that costs as much as a factor of √e. */
const [likely, deviation] = [0.5, 0.25];

/**
 * The component of the click at the threshold where its border is steepest.
 *
 * All thresholds are looked at: the steepness of a border is the mean step across it, and it counts for more the rounder the component
 * is, the nearer the threshold lies to half-way between the window's median and the click, and the less it touches the window's rim.
 * Brighter than the click counts as bright as the click. If the click is no brighter than the median, it is taken to be in the dark
 * core of an object, whose rim is the eighth of ten brightest pixels about.
 */
export function steepestLevel(window: ClickWindow): Uint8Array {
  const { image } = window;
  const [height, width] = image.shape as [number, number];
  const [background, bright] = percentile(image, [50, 90]) as [number, number];
  let seed = window.row * width + window.column;
  let object = meanOf(window, disk(window, seedRadius));
  const isCore = object < background + coreShare * (bright - background);
  if (isCore) {
    const about = disk(window, rimReach).sort((a, b) => image.data[a]! - image.data[b]!);
    seed = about[Math.floor(0.8 * (about.length - 1))]!;
    object = image.data[seed]!;
  }
  const contrast = object - background;
  // Nothing stands out: only the click's own pixel is known.
  if (!(contrast > 0)) return onlyClick(window);
  const levels = new Uint8Array(image.data.length);
  for (let i = 0; i < levels.length; i++) {
    const share = (Math.min(image.data[i]!, object) - background) / contrast;
    levels[i] = Math.max(0, Math.min(count - 1, Math.floor(((share - lowest) / (1 - lowest)) * count)));
  }
  const joined = joiningLevels(levels, width, seed);
  const level = bestLevel(image, joined, contrast);
  const mask = ndarray(new Uint8Array(joined.length), [height, width]) as NdArray<Uint8Array>;
  for (let i = 0; i < joined.length; i++) mask.data[i] = joined[i]! >= level ? 1 : 0;
  // A rim is closed where it is interrupted, so that its core is filled.
  if (isCore) {
    const closed = binaryClosing(mask, { iterations: 2 });
    for (let i = 0; i < joined.length; i++) mask.data[i]! |= closed.data[i]!;
  }
  return fillHoles(mask).data as Uint8Array;
}

function onlyClick({ image, row, column }: ClickWindow): Uint8Array {
  const mask = new Uint8Array(image.data.length);
  mask[row * image.shape[1]! + column] = 1;
  return mask;
}

/** The level with the best border, of those whose component has 20 pixels and more and fills at most half of the window. */
function bestLevel(image: NdArray<Float64Array>, joined: Uint8Array, contrast: number): number {
  const [height, width] = image.shape as [number, number];
  // Of each level: pixels that join at it, those on the window's rim, and the change of steps and length of the border from it to the next.
  const area = new Float64Array(count);
  const rim = new Float64Array(count);
  const steps = new Float64Array(count + 1);
  const length = new Float64Array(count + 1);
  const addPair = (a: number, b: number): void => {
    const [low, high] = [Math.min(joined[a]!, joined[b]!), Math.max(joined[a]!, joined[b]!)];
    if (low === high) return;
    const step = Math.abs(image.data[a]! - image.data[b]!) / contrast;
    // The pair is on the border for thresholds low + 1 … high.
    steps[low + 1]! += step;
    steps[high + 1]! -= step;
    length[low + 1]!++;
    length[high + 1]!--;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = y * width + x;
      area[joined[place]!]!++;
      if (y === 0 || x === 0 || y === height - 1 || x === width - 1) rim[joined[place]!]!++;
      if (x < width - 1) addPair(place, place + 1);
      if (y < height - 1) addPair(place, place + width);
    }
  }
  for (let level = count - 2; level >= 0; level--) {
    area[level]! += area[level + 1]!;
    rim[level]! += rim[level + 1]!;
  }
  let [best, bestScore] = [Math.round(((likely - lowest) / (1 - lowest)) * count), Number.NEGATIVE_INFINITY];
  let [stepsHere, lengthHere] = [0, 0];
  for (let level = 1; level < count; level++) {
    stepsHere += steps[level]!;
    lengthHere += length[level]!;
    const size = area[level]!;
    if (lengthHere < 1 || size < 20 || size > 0.5 * joined.length) continue;
    const share = lowest + (level / count) * (1 - lowest);
    const steepness = Math.log(stepsHere / lengthHere);
    const roundness = 0.5 * Math.log(Math.sqrt(size) / lengthHere);
    const touching = (5 * rim[level]!) / Math.sqrt(size);
    const score = steepness + roundness - ((share - likely) / deviation) ** 2 / 2 - touching;
    if (score > bestScore) [best, bestScore] = [level, score];
  }
  return best;
}
