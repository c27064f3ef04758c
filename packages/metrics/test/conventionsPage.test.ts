import { readFile } from "node:fs/promises";
import { conventions } from "@ddl/metrics";
import { expect, test } from "vitest";
import { conventionsTable, page, updatedPage } from "../scripts/conventionsPage.mjs";

test("docs/guide/metrics-conventions.md holds the presets (node packages/metrics/scripts/conventionsPage.mjs)", async () => {
  const text = await readFile(page, "utf8");
  expect(text).toBe(updatedPage(text, conventions));
});

test("a cell names empties and options", () => {
  const policy = { bothEmpty: "nan", referenceEmpty: "infinity", predictionEmpty: "zero" };
  expect(
    conventionsTable({
      a: { score: { from: "reference", emptyPolicy: policy }, part: { zeroDivision: "one" } },
      b: { other: {}, mean: { order: ["class", "case"] } },
    }),
  ).toBe(
    [
      "| metric  | a                              | b                   |",
      "| ------- | ------------------------------ | ------------------- |",
      "| `score` | nan / 0 / ∞<br>from: reference | –                   |",
      "| `part`  | 0/0: 1                         | –                   |",
      "| `other` | –                              | nan / worst / worst |",
      "| `mean`  | –                              | order: class, case  |",
    ].join("\n"),
  );
});
