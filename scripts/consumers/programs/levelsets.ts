import { type ChanVeseResult, chanVese, reinitialize } from "@ddl/levelsets";
import ndarray from "ndarray";

const image = ndarray(new Float64Array(40 * 30), [40, 30]);
for (let y = 10; y < 25; y++) for (let x = 5; x < 15; x++) image.set(y, x, 1);
const { mask, phi, converged }: ChanVeseResult = chanVese(image, { mu: 0.05, initial: "disk", maxIterations: 200 });
console.log(mask.get(17, 10), mask.get(35, 25), typeof converged, reinitialize(phi).get(17, 10).toFixed(1));
