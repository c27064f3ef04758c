// The libraries that are measured, as they were built. They are found at run time: this package depends on some in
// tests only, and on tfjs's `wasm` backend not at all.
import { createRequire } from "node:module";

const packages = new URL("../../../", import.meta.url);
const own = createRequire(import.meta.url);

export const tf = own("@tensorflow/tfjs-core");
// It registers the gradients; in this order no package needs a copy of them.
export const tfl = own("@tensorflow/tfjs-layers");
own("@tensorflow/tfjs-backend-cpu");

/** Another package of the workspace, as it was built, or what it has under a path. */
export function built(name, path = "index") {
  return import(new URL(`${name}/dist/${path}.js`, packages).href);
}

/** Registers tfjs's `wasm` backend, which has one thread in Node. */
export async function openTfjsWasm() {
  const testing = createRequire(new URL("testing/package.json", packages));
  testing("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs's wasm backend did not start.");
}

export const versions = {
  tfjs: own("@tensorflow/tfjs-core/package.json").version,
  tfjsWasm: createRequire(new URL("testing/package.json", packages))("@tensorflow/tfjs-backend-wasm/package.json")
    .version,
};
