/**
 * Offsets of the neighbours by axes and connectivity, in the order in which scikit-image 0.19.3 visits them: C order, sorted by
 * distance with numpy's unstable sort. The order decides ties, and a later numpy sorts differently: so they are written out.
 */
const orders: Record<string, string> = {
  "1,1": "- +",
  "2,1": "-0 0- 0+ +0",
  "2,2": "-0 0- 0+ +0 -- -+ +- ++",
  "3,1": "-00 0-0 00- 00+ 0+0 +00",
  "3,2": "+00 -00 0-0 0+0 00- 00+ +0- +-0 0++ 0+- --0 0-+ 0-- -+0 -0+ -0- +0+ ++0",
  "3,3": "0+0 -00 00+ 00- +00 0-0 0++ 0+- ++0 0-+ 0-- -+0 +0+ -0+ -0- --0 +0- +-0 ++- --- +-- -++ -+- --+ +-+ +++",
};

/** Those offsets as steps in a flat array of these strides. */
export function neighbourSteps(strides: readonly number[], connectivity: number): Int32Array {
  const order = orders[`${strides.length},${connectivity}`]!;
  const steps = order.split(" ").map((offset) => {
    let step = 0;
    for (const [axis, sign] of [...offset].entries()) step += ({ "-": -1, "0": 0, "+": 1 }[sign] ?? 0) * strides[axis]!;
    return step;
  });
  return Int32Array.from(steps);
}
