import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLgg } from "@ddl/datasets/lgg";
import { describe, expect, onTestFinished, test } from "vitest";
import { imageFile, long, maskFile, short, writeLgg } from "./lggFixture.js";

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ddl-lgg-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function expectMessage(promise: Promise<unknown>, message: string): Promise<void> {
  await expect(promise).rejects.toThrow(expect.objectContaining({ message }));
}

describe("the root", () => {
  test("must be a folder", async () => {
    const root = await writeLgg();
    const missing = join(root, "none");
    await expectMessage(openLgg(missing), `openLgg: ${missing} must be a folder that can be read.`);
    const file = join(root, "data.csv");
    await expectMessage(openLgg(file), `openLgg: ${file} must be a folder that can be read.`);
    await expectMessage(openLgg(""), 'openLgg: root must be a non-empty string; received "".');
  });

  test("may be a link", async () => {
    const root = await writeLgg();
    const link = join(await emptyFolder(), "link");
    await symlink(root, link);
    const set = await openLgg(link);
    expect((await set.volume(short)).mask.shape).toEqual([3, 5, 7]);
  });
});

describe("a link that leaves the root is refused", () => {
  const leaves = "must lie inside the root of the set; it is a link that leads out of it.";

  test.each(["error", "skip"] as const)("for a slice, with %s", async (onBadSlice) => {
    const root = await writeLgg();
    const outside = join(await emptyFolder(), "outside.tif");
    const file = imageFile(short, 2);
    await rename(join(root, file), outside);
    await symlink(outside, join(root, file));
    await expectMessage(openLgg(root, { onBadSlice }), `openLgg: ${file} ${leaves}`);
  });

  test("also when it is put there after opening", async () => {
    const root = await writeLgg();
    const set = await openLgg(root);
    const outside = join(await emptyFolder(), "outside.tif");
    const file = maskFile(short, 2);
    await rename(join(root, file), outside);
    await symlink(outside, join(root, file));
    await expectMessage(set.slice(short, 1), `openLgg: ${file} ${leaves}`);
  });

  test("for a patient's folder, even into a folder whose path begins with the root's", async () => {
    const root = await writeLgg();
    const outside = `${root}-beside`;
    onTestFinished(() => rm(outside, { recursive: true }));
    await rename(join(root, short), outside);
    await symlink(outside, join(root, short));
    await expectMessage(openLgg(root), `openLgg: ${short} ${leaves}`);
  });

  test("for the table", async () => {
    const root = await writeLgg();
    const outside = join(await emptyFolder(), "data.csv");
    await rename(join(root, "data.csv"), outside);
    await symlink(outside, join(root, "data.csv"));
    await expectMessage(openLgg(root), `openLgg: data.csv ${leaves}`);
  });
});

describe("arguments", () => {
  test("a patient must be one of the set: no path gets in by an id", async () => {
    const set = await openLgg(await writeLgg());
    for (const [name, call] of [
      ["slice", (id: string) => set.slice(id, 0)],
      ["volume", (id: string) => set.volume(id)],
    ] as const) {
      for (const id of ["..", `../${long}`, `${long}/../${short}`, "TCGA_CS_4942"]) {
        const message = `${name}: patientId must be the id of one of 2 patients, like ${long}; received ${JSON.stringify(id)}.`;
        await expectMessage(call(id), message);
      }
    }
  });

  test.each([3, -1, 0.5, Number.NaN])("slice %s of a patient with three does not exist", async (index) => {
    const set = await openLgg(await writeLgg());
    const message = `slice: index must be an integer ≥ 0 and ≤ 2; received ${index}.`;
    await expectMessage(set.slice(short, index), message);
  });

  test("options are checked", async () => {
    const root = await writeLgg();
    const ignore = openLgg(root, { onBadSlice: "ignore" as "skip" });
    await expectMessage(ignore, 'openLgg: onBadSlice must be one of "error", "skip"; received "ignore".');
    const misspelt = openLgg(root, { onBadSlices: "skip" } as object);
    await expectMessage(misspelt, 'openLgg: options must have only the keys onBadSlice; received "onBadSlices".');
    const set = await openLgg(root);
    const strange = set.volume(short, { abort: 1 } as object);
    await expectMessage(strange, 'volume: options must have only the keys signal; received "abort".');
  });
});

describe("nothing left to read", () => {
  test("is an error that names the patient, with skip too", async () => {
    const root = await writeLgg();
    const set = await openLgg(root, { onBadSlice: "skip" });
    for (const k of [1, 2, 3]) await writeFile(join(root, imageFile(short, k)), "");
    await expectMessage(set.volume(short), `openLgg: ${short} must have at least one slice that can be read.`);
    expect(set.skipped.map(({ file }) => file)).toEqual([1, 2, 3].map((k) => imageFile(short, k)));
    expect((await set.volume(long)).image.shape[0]).toBe(11);
  });
});
