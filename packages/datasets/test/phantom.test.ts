import { isDdlError } from "@ddl/core";
import { describe, expect, test } from "vitest";
import type { PhantomOptions } from "../src/phantom/phantom.js";
import { phantomLgg } from "../src/phantom/phantom.js";

/** FNV-1a over bytes, 32 bits. */
function checksum(...arrays: Uint8Array[]): string {
  let hash = 0x811c9dc5;
  for (const bytes of arrays) for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

describe("the dataset", () => {
  test("describes itself", () => {
    const dataset = phantomLgg();
    expect(dataset.name).toBe("phantom");
    expect(dataset.channels).toEqual(["pre-contrast", "FLAIR", "post-contrast"]);
    expect(dataset.skipped).toEqual([]);
    expect(dataset.patients).toHaveLength(24);
    const ids = dataset.patients.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(24);
    for (const patient of dataset.patients) {
      expect(patient.id).toMatch(new RegExp(`^PHANTOM_${patient.institution}_\\d{3}$`));
      expect(patient.clinical).toBeNull();
      expect(patient.sliceCount).toBeGreaterThanOrEqual(20);
      expect(patient.sliceCount).toBeLessThanOrEqual(38);
    }
  });

  test("spreads patients unequally over four institutions, from few patients on", () => {
    const counts = { A: 0, B: 0, C: 0, D: 0 };
    for (const { institution } of phantomLgg({ patients: 100, seed: 3 }).patients) {
      counts[institution as keyof typeof counts]++;
    }
    expect(counts.B).toBeGreaterThan(35);
    expect(counts.D).toBeGreaterThan(27);
    expect(counts.A).toBeGreaterThan(10);
    expect(counts.C).toBeGreaterThan(7);
    expect(counts.A + counts.B + counts.C + counts.D).toBe(100);
    expect(new Set(phantomLgg({ patients: 12 }).patients.map(({ institution }) => institution)).size).toBe(4);
  });

  test("has another fingerprint for every option", async () => {
    const options: PhantomOptions[] = [{}, { patients: 25 }, { seed: 2 }, { size: 96 }, { slices: 30 }];
    const seen = await Promise.all(options.map((one) => phantomLgg(one).fingerprint()));
    expect(new Set(seen).size).toBe(options.length);
    expect(await phantomLgg({}).fingerprint()).toBe("phantom-1-patients-24-seed-1-size-128-slices-varied");
  });

  test("gives arrays of the size and number of slices asked for, with a binary mask", async () => {
    const dataset = phantomLgg({ patients: 2, size: 96, slices: 9 });
    const { id } = dataset.patients[1];
    expect(dataset.patients[1].sliceCount).toBe(9);
    const { image, mask } = await dataset.volume(id);
    expect(image.shape).toEqual([9, 96, 96, 3]);
    expect(mask.shape).toEqual([9, 96, 96]);
    expect(image.data).toBeInstanceOf(Uint8Array);
    expect([...new Set(mask.data)].sort()).toEqual([0, 1]);
    const slice = await dataset.slice(id, 4);
    expect(slice.image.shape).toEqual([96, 96, 3]);
    expect(slice.mask.shape).toEqual([96, 96]);
  });
});

describe("the same options", () => {
  const options = { patients: 5, seed: 11, size: 48, slices: 10 };

  test("give the same bytes, another seed other bytes", async () => {
    const id = phantomLgg(options).patients[2].id;
    const first = await phantomLgg(options).volume(id);
    const again = await phantomLgg(options).volume(id);
    expect(again.image.data).toEqual(first.image.data);
    expect(again.mask.data).toEqual(first.mask.data);
    const other = phantomLgg({ ...options, seed: 12 });
    const otherVolume = await other.volume(other.patients[2].id);
    expect(otherVolume.image.data).not.toEqual(first.image.data);
    expect(otherVolume.mask.data).not.toEqual(first.mask.data);
  });

  test("give the slices of the volume one by one, in any order", async () => {
    const dataset = phantomLgg(options);
    const [a, b] = dataset.patients;
    const volumes = new Map([a, b].map(({ id }) => [id, phantomLgg(options).volume(id)]));
    for (const [id, index] of [[a.id, 7] as const, [b.id, 0] as const, [a.id, 2] as const, [b.id, 9] as const]) {
      const slice = await dataset.slice(id, index);
      const volume = await volumes.get(id)!;
      expect(slice.image.data).toEqual(volume.image.data.slice(index * 48 * 48 * 3, (index + 1) * 48 * 48 * 3));
      expect(slice.mask.data).toEqual(volume.mask.data.slice(index * 48 * 48, (index + 1) * 48 * 48));
    }
  });

  test("give the same patient however many there are", async () => {
    const few = phantomLgg(options);
    const many = phantomLgg({ ...options, patients: 40 });
    const { id } = few.patients[3];
    expect((await many.slice(id, 5)).image.data).toEqual((await few.slice(id, 5)).image.data);
  });

  test("give the pinned bytes: a new value needs a new version in the fingerprint", async () => {
    const dataset = phantomLgg(options);
    const { image, mask } = await dataset.volume(dataset.patients[0].id);
    expect(await dataset.fingerprint()).toBe("phantom-1-patients-5-seed-11-size-48-slices-10");
    expect(checksum(image.data, mask.data)).toBe("e99308a2");
  });
});

describe("bad input", () => {
  test.each<[PhantomOptions, string]>([
    [{ patients: 0 }, "patients must be an integer ≥ 1 and ≤ 100000; received 0."],
    [{ patients: 2.5 }, "patients must be an integer ≥ 1 and ≤ 100000; received 2.5."],
    [{ seed: 0.5 }, "seed must be an integer; received 0.5."],
    [{ size: 31 }, "size must be an integer ≥ 32 and ≤ 1024; received 31."],
    [{ size: 64.5 }, "size must be an integer ≥ 32 and ≤ 1024; received 64.5."],
    [{ slices: 7 }, "slices must be an integer ≥ 8 and ≤ 1024; received 7."],
    [{ slices: Number.NaN }, "slices must be an integer ≥ 8 and ≤ 1024; received NaN."],
    [
      { patient: 3 } as PhantomOptions,
      'options must have only the keys patients, seed, size, slices; received "patient".',
    ],
  ])("%o", (options, message) => {
    expect(() => phantomLgg(options)).toThrow(`phantomLgg: ${message}`);
  });

  test("an unknown patient and a slice that does not exist", async () => {
    const dataset = phantomLgg({ patients: 3, size: 32, slices: 8 });
    const { id } = dataset.patients[0];
    const unknown = 'patientId must be the id of one of the 3 patients; received "PHANTOM_E_001".';
    await expect(dataset.slice("PHANTOM_E_001", 0)).rejects.toThrow(`phantomLgg.slice: ${unknown}`);
    await expect(dataset.volume("PHANTOM_E_001")).rejects.toThrow(`phantomLgg.volume: ${unknown}`);
    for (const index of [8, -1, 0.5]) {
      const message = `phantomLgg.slice: index must be an integer ≥ 0 and ≤ 7; received ${index}.`;
      await expect(dataset.slice(id, index)).rejects.toThrow(message);
    }
    await expect(dataset.slice(id, 8)).rejects.toSatisfy((error) => isDdlError(error) && error.code === "range");
    const misspelt = { sginal: undefined } as object;
    await expect(dataset.volume(id, misspelt)).rejects.toThrow(
      'phantomLgg.volume: options must have only the keys signal; received "sginal".',
    );
  });

  test("a volume is cancelled on the way", async () => {
    const dataset = phantomLgg({ patients: 1, size: 256, slices: 200 });
    const controller = new AbortController();
    const reason = new Error("stopped by the user");
    const volume = dataset.volume(dataset.patients[0].id, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 40);
    const started = performance.now();
    await expect(volume).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
