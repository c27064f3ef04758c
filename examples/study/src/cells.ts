import { createHash } from "node:crypto";
import type { MethodConfig, StudyConfig } from "./config/schema.js";
import type { LossName } from "./losses.js";
import { lossFacts } from "./losses.js";

/** One piece of work: a method with a loss and a seed on one fold. */
export interface Cell {
  /** Hash of everything the result depends on: configuration, data, code. */
  key: string;
  /** Name of the cell's folder: readable parts and the key. */
  folder: string;
  /** What distinguishes the method in tables and plots, for instance `U-Net · Dice`. */
  label: string;
  method: MethodConfig;
  /** `null` for methods that are not trained. */
  loss: LossName | null;
  /** `null` for methods that draw no random numbers. */
  seed: number | null;
  fold: number;
}

/** What, beside the configuration, a result depends on. */
export interface CellInputs {
  /** `fingerprint` of the data set. */
  data: string;
  /** Hash of the code that computes cells. */
  code: string;
}

const methodTitles: Record<MethodConfig["name"], string> = {
  threshold: "Threshold",
  "chan-vese": "Chan–Vese",
  "morphological-chan-vese": "Morphological Chan–Vese",
  unet: "U-Net",
  "trans-res-unet": "TransResUNet",
  "deformable-unet": "Deformable U-Net",
};

/** Number of folds of a study; a hold-out split is one. */
function foldCount(config: StudyConfig): number {
  return config.split.kind === "folds" ? config.split.folds : 1;
}

/** The cells of a study in the order they are computed: cheap methods first, fold by fold. */
export function enumerateCells(config: StudyConfig, inputs: CellInputs): Cell[] {
  const cells: Cell[] = [];
  const labels = methodLabels(config.methods);
  for (const [m, method] of config.methods.entries()) {
    const trainable = "epochs" in method;
    for (const loss of trainable ? config.losses : [null]) {
      for (const seed of trainable ? config.seeds : [null]) {
        for (let fold = 0; fold < foldCount(config); fold++) {
          cells.push(makeCell(config, inputs, { method, loss, seed, fold, label: labels[m]! }));
        }
      }
    }
  }
  return cells;
}

function makeCell(config: StudyConfig, inputs: CellInputs, parts: Omit<Cell, "key" | "folder">): Cell {
  const { method, loss, seed, fold } = parts;
  // The data set enters by its fingerprint: the path it lies at does not matter. Which metrics are shown does not either,
  // since a cell keeps all of them. Nor does the number of workers, which changes no byte.
  const { preprocessing, split } = config;
  const identity = { inputs, preprocessing, split, method: { ...method, workers: undefined }, loss, seed, fold };
  const key = createHash("sha256").update(canonical(identity)).digest("hex").slice(0, 16);
  const folder = [method.name, loss, seed === null ? null : `s${seed}`, `f${fold}`, key]
    .filter((part) => part !== null)
    .join("-");
  return { ...parts, label: loss === null ? parts.label : `${parts.label} · ${lossFacts[loss].title}`, key, folder };
}

/** Titles of methods, numbered where a study lists one method with several settings. */
function methodLabels(methods: readonly MethodConfig[]): string[] {
  return methods.map((method, k) => {
    const same = methods.filter((other) => other.name === method.name);
    const title = methodTitles[method.name];
    return same.length === 1
      ? title
      : `${title} ${methods.slice(0, k + 1).filter((o) => o.name === method.name).length}`;
  });
}

/** JSON with sorted keys, so that equal content gives equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item === null || typeof item !== "object" || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
