import { inverseGaussianGradient, morphologicalChanVese } from "@ddl/snakes";
import { simdInverseGaussianGradient } from "@ddl/snakes/simd";
import ndarray from "ndarray";

const image = ndarray(new Float64Array(40 * 30), [40, 30]);
for (let y = 10; y < 25; y++) for (let x = 5; x < 15; x++) image.set(y, x, 1);
const { mask, iterations } = morphologicalChanVese(image, 30, { initial: "disk", smoothing: 2 });
const edges = inverseGaussianGradient(image);
const fast = await simdInverseGaussianGradient(image);
const same = fast.data.every((value, i) => value === edges.data[i]);
console.log(mask.get(17, 10), mask.get(35, 25), iterations, same);
