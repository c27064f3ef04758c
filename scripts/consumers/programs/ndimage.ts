import { distanceTransformEdt, findContours, largestComponent } from "@ddl/ndimage";
import ndarray from "ndarray";

const mask = ndarray(Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 1), [2, 4]);
const lesion = largestComponent(mask);
const depth = distanceTransformEdt(lesion, { spacing: [2, 0.5] });
const [outline] = findContours(mask, { level: 0.5 });
console.log(Array.from(lesion.data).join(""), depth.get(0, 0), outline!.shape.join("x"));
