import { isDdlError, Random, toContiguous } from "@ddl/core";
import ndarray from "ndarray";

const columns = ndarray(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]).transpose(1, 0); // (2, 3)
const rows = toContiguous(columns, Float64Array);
const die = Random.fromSeed(7).fork("die");
let message = "";
try {
  Random.fromSeed(0.5);
} catch (error) {
  if (isDdlError(error)) message = error.code;
}
console.log(rows.data.join(" "), die.integer(6) === Random.fromSeed(7).fork("die").integer(6), message);
