import { morphologicalChanVese } from "@ddl/snakes";
import ndarray from "ndarray";

const image = ndarray(new Float64Array(40 * 30), [40, 30]);
for (let y = 10; y < 25; y++) for (let x = 5; x < 15; x++) image.set(y, x, 1);
const { mask, iterations } = morphologicalChanVese(image, 30, { initial: "disk", smoothing: 2 });
console.log(mask.get(17, 10), mask.get(35, 25), iterations);
