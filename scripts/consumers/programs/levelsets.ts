import { type ChanVeseResult, chanVese, reinitialize } from "@ddl/levelsets";
import { simdChanVese } from "@ddl/levelsets/simd";
import ndarray from "ndarray";

const image = ndarray(new Float64Array(40 * 30), [40, 30]);
for (let y = 10; y < 25; y++) for (let x = 5; x < 15; x++) image.set(y, x, 1);
const options = { mu: 0.05, initial: "disk", maxIterations: 200 } as const;
const { mask, phi, converged }: ChanVeseResult = chanVese(image, options);
const fast = await simdChanVese(image, options);
const same = fast.mask.data.every((inside, i) => inside === mask.data[i]);
console.log(mask.get(17, 10), mask.get(35, 25), typeof converged, reinitialize(phi).get(17, 10).toFixed(1), same);
