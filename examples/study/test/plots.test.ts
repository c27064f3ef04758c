import { expect, test } from "vitest";
import { seriesColors } from "../src/report/plots.js";

test.each([3, 10, 11, 24])("of %i series each has a colour of its own", (count) => {
  const labels = Array.from({ length: count }, (_, k) => `method ${k}`);
  expect(new Set(seriesColors(labels).values()).size).toBe(count);
});
