import { createChanVese } from "@ddl/levelsets";
import { goldenArray } from "@ddl/testing";
import { expect, test } from "vitest";
import golden from "./goldens/chanVese.json" with { type: "json" };

const image = goldenArray<Float64Array>(golden.image);

test.each(golden.cases.map((one, k) => ({ k, ...one })))(
  "steps through JSON to scikit-image's result, case $k",
  (one) => {
    const initial = one.initial === null ? goldenArray(golden.array) : (one.initial as "disk");
    const { maxIterations: _, ...options } = one.options as { maxIterations?: number };
    const first = createChanVese(image, { ...options, initial });
    first.step(1);
    const solver = createChanVese(image, first.options, JSON.parse(JSON.stringify(first.state())));
    solver.step(one.energies.length - 1);
    expect(solver.iterations).toBe(one.energies.length);
    expect(solver.energies).toHaveLength(one.energies.length);
    expect(solver.mask()).toEqualArray(goldenArray(one.mask));
    expect(solver.phi).toBeCloseToArray(goldenArray(one.phi), { relative: 1e-9, absolute: 1e-12 });
  },
);

test("heeds options changed between steps, and checks them", () => {
  const [kept, changed] = [createChanVese(image), createChanVese(image)];
  for (const solver of [kept, changed]) solver.step(3);
  expect(changed.phi).toEqualArray(kept.phi);
  changed.options.mu = 2;
  for (const solver of [kept, changed]) solver.step(1);
  expect(changed.phi.data).not.toEqual(kept.phi.data);
  changed.options.mu = -1;
  expect(() => changed.step()).toThrow(
    expect.objectContaining({ message: "step: mu must be a finite number ≥ 0; received -1." }),
  );
  expect(changed.iterations).toBe(4);
});

test("refuses a state of another size", () => {
  const state = { phi: [1, 2, 3, 4, 5, 6], shape: [2, 3], iterations: 1, change: 1, energies: [] };
  expect(() => createChanVese(image, {}, state)).toThrow(
    expect.objectContaining({ message: "createChanVese: state must have shape [17, 22]; received [2, 3]." }),
  );
});
