import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mask } from "@ddl/testing";
import ndarray from "ndarray";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodePrediction, encodePrediction } from "../src/predictions.js";
import { lockStudy, openCellFolder, readJsonIfThere } from "../src/store.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-store-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("a cell's folder", () => {
  test("is cleaned of what an interrupted write left", async () => {
    await openCellFolder(folder);
    await writeFile(join(folder, "checkpoint.safetensors"), "kept");
    await writeFile(join(folder, "checkpoint.safetensors.2183745"), "half");
    await openCellFolder(folder);
    expect((await readdir(folder)).sort()).toEqual(["checkpoint.safetensors", "predictions"]);
  });

  test("says which file is damaged", async () => {
    await writeFile(join(folder, "result.json"), '{ "key": ');
    await expect(readJsonIfThere(join(folder, "result.json"))).rejects.toThrow(
      /result\.json is damaged: it is not JSON\./,
    );
    expect(await readJsonIfThere(join(folder, "none.json"))).toBeUndefined();
  });
});

describe("the lock of a study", () => {
  test("is refused while its process runs, and taken over when it does not", async () => {
    await writeFile(join(folder, "study.lock"), `${process.ppid}\n`);
    await expect(lockStudy(folder)).rejects.toThrow(
      `ddl-study: ${folder} is being worked on by process ${process.ppid}. Wait for it, stop it, or give another folder with --out. ` +
        `If that process is no study, delete ${join(folder, "study.lock")}.`,
    );
    await writeFile(join(folder, "study.lock"), "999999999\n");
    const release = await lockStudy(folder);
    expect(await readFile(join(folder, "study.lock"), "utf8")).toBe(`${process.pid}\n`);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a prediction's picture", () => {
  test("holds every voxel, slices below each other", () => {
    const first = mask("##..", "#...", "...#");
    const volume = ndarray(new Uint8Array(24), [2, 3, 4]);
    volume.data.set(first.data, 12);
    const picture = encodePrediction(volume);
    expect(decodePrediction(picture, [2, 3, 4], "p.png")).toEqualArray(volume);
    expect(() => decodePrediction(picture, [3, 2, 4], "p.png")).not.toThrow();
    expect(() => decodePrediction(picture, [2, 4, 3], "p.png")).toThrow(
      "ddl-study: p.png must be 3 × 8 pixels of one channel; received 4 × 6.",
    );
  });
});
