/** The packages of the backends that work in Node. */
const packages: Readonly<Record<string, string>> = {
  tensorflow: "@tensorflow/tfjs-node",
  webgpu: "@tensorflow/tfjs-backend-webgpu",
  simd: "@ddl/backend-simd",
  wasm: "@tensorflow/tfjs-backend-wasm",
  cpu: "@tensorflow/tfjs-backend-cpu",
};

/**
 * Imports a backend's package if this is Node and it is installed.
 * @returns what is in the way, or undefined
 * @throws what the package throws
 */
export async function loadInNode(name: string): Promise<string | undefined> {
  const isNode = typeof process === "object" && process.versions?.node !== undefined;
  if (!isNode) return "is not imported";
  const specifier = packages[name];
  if (specifier === undefined) return "does not work in Node";
  if (name === "webgpu" && !(globalThis.navigator as { gpu?: unknown } | undefined)?.gpu) {
    return "needs navigator.gpu, in Node by the package webgpu";
  }
  try {
    // Not known to bundlers: they would ask for packages that need not be there.
    await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    if (isMissing && message.includes(`'${specifier}'`)) return "is not installed";
    throw error;
  }
}
