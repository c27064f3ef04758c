import * as losses from "@ddl/losses";
import { describeKernel } from "@ddl/testing/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's operations
import { test } from "vitest";
import type { LossGoldens } from "./goldenCases.js";
import { expectGolden } from "./goldenCases.js";
import compound from "./goldens/compound.json" with { type: "json" };
import distribution from "./goldens/distribution.json" with { type: "json" };
import lovasz from "./goldens/lovasz.json" with { type: "json" };
import regionOverlap from "./goldens/regionOverlap.json" with { type: "json" };
import regionWeighted from "./goldens/regionWeighted.json" with { type: "json" };

/** Cases by their place among the goldens: all in Node; in a browser, where webgl compiles programs for each, the first and last of a loss. */
function chosen({ cases }: LossGoldens): { name: string; index: number; fixture: string; options: object }[] {
  const all = cases.map((one, index) => ({ ...one, index }));
  if (typeof document === "undefined") return all;
  const names = all.map(({ name }) => name);
  return all.filter(({ name }, index) => names.indexOf(name) === index || names.lastIndexOf(name) === index);
}

describeKernel("losses agree with torch, from logits and probabilities, labels and one-hot targets", () => {
  for (const goldens of [regionOverlap, regionWeighted, lovasz, distribution, compound] as unknown as LossGoldens[]) {
    test.each(chosen(goldens))("$name of $fixture, $options", async ({ name, index }) => {
      const loss = (losses as unknown as Record<string, (t: Tensor, z: Tensor, options: object) => Scalar>)[name]!;
      await expectGolden(loss, goldens, index);
    });
  }
});
