import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { conventionsTable, page, updatedPage } from "../scripts/conventionsPage.mjs";
import { boundaryConventions } from "../src/conventions/boundary.js";

const conventions = { ...boundaryConventions };

test("docs/guide/metrics-conventions.md holds the presets (node packages/metrics/scripts/conventionsPage.mjs)", async () => {
  const text = await readFile(page, "utf8");
  expect(text).toBe(updatedPage(text, conventions));
});

test("a cell names empties and options", () => {
  const policy = { bothEmpty: "nan", referenceEmpty: "infinity", predictionEmpty: "zero" };
  expect(conventionsTable({ a: { score: { from: "reference", emptyPolicy: policy } }, b: { other: {} } })).toBe(
    [
      "| metric  | a                              | b                   |",
      "| ------- | ------------------------------ | ------------------- |",
      "| `score` | nan / 0 / ∞<br>from: reference | –                   |",
      "| `other` | –                              | nan / worst / worst |",
    ].join("\n"),
  );
});
