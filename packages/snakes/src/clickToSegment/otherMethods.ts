import { fillHoles, label, percentile, randomWalker, sobel, watershed } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { inverseGaussianGradient } from "../morphological/inverseGaussianGradient.js";
import { morphologicalChanVese } from "../morphological/morphologicalChanVese.js";
import { morphologicalGeodesicActiveContour } from "../morphological/morphologicalGeodesicActiveContour.js";
import type { ClickWindow } from "./clickWindow.js";
import { disk, meanOf, seeds } from "./clickWindow.js";

const seedRadius = 3;

/** Basins of the Sobel image from a disk at the click and the window's rim. */
export function byWatershed(window: ClickWindow): Uint8Array {
  return isOne(watershed(sobel(window.image), seeds(window, seedRadius)));
}

/** The click's component above half-way between the window's median and the click, its holes filled. */
export function byThreshold(window: ClickWindow): Uint8Array {
  const { image } = window;
  const background = percentile(image, 50);
  const object = meanOf(window, disk(window, seedRadius));
  const threshold = (object + background) / 2;
  const above = image.data.map((value) => Number(object < background ? value < threshold : value > threshold));
  return own(window, Uint8Array.from(above));
}

/** Where a walk more likely reaches the disk at the click than the window's rim. */
export function byRandomWalker(window: ClickWindow): Uint8Array {
  return isOne(randomWalker(window.image, seeds(window, seedRadius)).labels);
}

/** Two regions of little variation each, from a disk about the click; the click's component. */
export function byChanVese(window: ClickWindow): Uint8Array {
  const initial = indicator(window, disk(window, 2 * seedRadius));
  return own(
    window,
    morphologicalChanVese(window.image, 60, { initial, smoothing: 1, stopWhenStable: true }).mask.data,
  );
}

/** A balloon from a disk about the click, until edges stop it. */
export function byGeodesicContour(window: ClickWindow): Uint8Array {
  const [least, most] = percentile(window.image, [1, 99]) as [number, number];
  const scaled = ndarray(
    window.image.data.map((value) => (value - least) / (most - least || 1)),
    [...window.image.shape],
  );
  const edges = inverseGaussianGradient(scaled, { alpha: 1000, sigma: 1.5 });
  const initial = indicator(window, disk(window, seedRadius));
  const options = { initial, balloon: 1, smoothing: 1, stopWhenStable: true };
  return own(window, morphologicalGeodesicActiveContour(edges, 100, options).mask.data);
}

function isOne({ data }: NdArray<Int32Array>): Uint8Array {
  return Uint8Array.from(data, (value) => (value === 1 ? 1 : 0));
}

function indicator({ image }: ClickWindow, places: readonly number[]): NdArray<Uint8Array> {
  const set = ndarray(new Uint8Array(image.data.length), [...image.shape]);
  for (const place of places) set.data[place] = 1;
  return set;
}

/** The component of the click, or of the disk about it if the click itself is outside; filled. */
function own(window: ClickWindow, mask: Uint8Array): Uint8Array {
  const { shape } = window.image;
  const { labels } = label(ndarray(mask, [...shape]));
  const clicked = window.row * shape[1]! + window.column;
  const component = [clicked, ...disk(window, seedRadius)].map((place) => labels.data[place]!).find((one) => one !== 0);
  const result = ndarray(
    Uint8Array.from(labels.data, (value) => (value === component ? 1 : 0)),
    [...shape],
  );
  result.data[clicked] = 1;
  return fillHoles(result).data;
}
