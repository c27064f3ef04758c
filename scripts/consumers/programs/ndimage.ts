import { distanceTransformEdt, findContours, gaussianFilter, largestComponent } from "@ddl/ndimage";
import { simdGaussianFilter } from "@ddl/ndimage/simd";
import ndarray from "ndarray";

const mask = ndarray(Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 1), [2, 4]);
const lesion = largestComponent(mask);
const depth = distanceTransformEdt(lesion, { spacing: [2, 0.5] });
const [outline] = findContours(mask, { level: 0.5 });
const smooth = gaussianFilter(depth, 0.8);
const fast = await simdGaussianFilter(depth, 0.8);
const same = fast.data.every((value, i) => value === smooth.data[i]);
console.log(Array.from(lesion.data).join(""), depth.get(0, 0), outline!.shape.join("x"), same);
