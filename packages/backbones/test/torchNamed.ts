import type { StoredTensor } from "@ddl/backbones/weights";
import type { NumericArray } from "@ddl/core";
import { uniform } from "./hashed.js";

/** Tensors by PyTorch's names whose numbers follow from their names, as in goldens/weightsLayouts.py. */
export function torchNamed(
  name: string,
  tensors: readonly (readonly [key: string, shape: readonly number[]])[],
): Map<string, StoredTensor<NumericArray>> {
  return new Map(
    tensors.map(([key, shape]) => {
      const count = shape.reduce((product, n) => product * n, 1);
      const values = uniform(`${name}/${key}`, count);
      return [
        key,
        { shape: [...shape], values: key.endsWith("running_var") ? values.map((v) => Math.abs(v) + 0.5) : values },
      ];
    }),
  );
}
