import { StateError } from "@ddl/core";
import type { Runtime, RuntimeOptions } from "./runtime.js";
import { createRuntime } from "./runtime.js";

/** Changes with anything that two copies of this package would have to agree on. */
const protocol = 1;

interface Shared {
  protocol: number;
  runtime: Promise<Runtime>;
}

const key: unique symbol = Symbol.for("@ddl/simd") as never;
const place = globalThis as { [key]?: Shared };

/**
 * The runtime that all packages of a thread share, so that their kernels work on one memory with one set of threads. The first call
 * starts it.
 *
 * @param options for the first call; a later one must leave them out
 * @throws StateError for options when it is started already, and for a copy of this package of another version
 * @example `const runtime = await sharedRuntime()`
 */
export function sharedRuntime(options?: RuntimeOptions): Promise<Runtime> {
  const there = place[key];
  if (there === undefined) {
    const runtime = createRuntime(options);
    place[key] = { protocol, runtime };
    // A start that failed may be tried again, with other options.
    runtime.catch(() => {
      delete place[key];
    });
    return runtime;
  }
  if (there.protocol !== protocol) {
    throw new StateError(
      `sharedRuntime: another version of @ddl/simd (protocol ${there.protocol}, here ${protocol}) has started its runtime already. ` +
        "Install one version.",
    );
  }
  if (options !== undefined)
    throw new StateError("sharedRuntime: it is started already; options must come with the first call.");
  return there.runtime;
}

/** Ends the shared runtime; the next `sharedRuntime` starts another. Does nothing if there is none. */
export async function closeSharedRuntime(): Promise<void> {
  const there = place[key];
  delete place[key];
  await (await there?.runtime)?.close();
}
