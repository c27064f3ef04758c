import { ArgumentError, BackendError, expectOneOf, expectOptions } from "@ddl/core";
import { engine, getBackend, getGradient, setBackend } from "@tensorflow/tfjs-core";
import { loadInNode } from "./loadInNode.js";
import { probeTraining } from "./trainingProbe.js";

/** Options of {@link pickBackend}. */
export interface PickBackendOptions {
  /**
   * Names that are tried first, in this order: the first that can train is taken, and nothing is measured. Default: none. For a training
   * that must give the same bytes again, since backends differ in their last bits.
   */
  prefer?: string | readonly string[];
  /**
   * Imports that register backends, by name, for programs that are bundled: `{ webgl: () => import("@tensorflow/tfjs-backend-webgl") }`. In
   * Node the packages that are installed are found without it.
   */
  load?: Readonly<Record<string, () => Promise<unknown>>>;
}

/** What became of one backend. */
export interface BackendTrial {
  name: string;
  /** Duration of a small training step, if it was measured. */
  milliseconds?: number;
  /** Why it cannot be used: it is not there, does not start, or lacks what training needs. */
  problem?: string;
}

/** Result of {@link pickBackend}. */
export interface PickedBackend {
  /** The backend that is active now. */
  name: string;
  /** Why it is this one, as one line for a log. */
  reason: string;
  /** All that were looked at, in order. */
  tried: BackendTrial[];
}

/** In the order in which they are tried. */
const order = ["tensorflow", "webgpu", "webgl", "simd", "wasm", "cpu"];

/** In the batch of the step that is measured: enough work to outweigh what a step costs a graphics card whatever its size. */
const pictures = 64;

/** Loops in plain JavaScript: a hundred times slower than any other, too slow to be measured. */
const lastResort = "cpu";

/**
 * Makes the fastest backend that is here and can train the active one, and says which and why.
 *
 * Looked at are all that are registered, all of `load` and, in Node, `simd`, `wasm`, `webgpu` (if there is a `navigator.gpu`), `tensorflow`
 * and `cpu`, as far as their packages are installed. Each makes a training step of a small network, whose loss and gradients must be
 * torch's within 2 %: a backend that lacks the gradient of a convolution's filter, as tfjs's `wasm` does, drops out. The fastest in a few
 * such steps is taken; `cpu` is not measured and only taken if nothing else is left. It takes about a second; backends that were tried
 * stay started, and nothing is fetched from a network.
 *
 * @throws ArgumentError; BackendError that lists what was tried if no backend can train, with the active backend as it was
 * @example
 * ```ts
 * const { name, reason } = await pickBackend();
 * console.log(reason); // simd: the fastest, 21 ms a step (webgl 340 ms; wasm cannot train: …)
 * ```
 */
export async function pickBackend(options: PickBackendOptions = {}): Promise<PickedBackend> {
  const { prefer = [], load = {} } = expectOptions("pickBackend", options, ["prefer", "load"]);
  const fail = (argument: string, expected: string, received: unknown): never => {
    throw new ArgumentError({ functionName: "pickBackend", argument, expected, received });
  };
  const preferred = typeof prefer === "string" ? [prefer] : prefer;
  if (!Array.isArray(preferred)) fail("prefer", "be a name or a list of names", prefer);
  if (load === null || typeof load !== "object") fail("load", "be an object of functions", load);
  for (const [name, one] of Object.entries(load)) {
    if (typeof one !== "function") fail(`load.${name}`, "be a function that imports the backend", one);
  }
  const known = [...new Set([...order, ...Object.keys(load), ...engine().backendNames()])];
  for (const name of preferred) expectOneOf("pickBackend", "prefer", name, known);
  // tfjs-core has no gradient of any operation before tfjs-layers, or all of tfjs, is loaded.
  if (getGradient("Mean") === undefined) await import("@tensorflow/tfjs-layers");
  const before = getBackend();
  const tried: BackendTrial[] = [];
  for (const name of preferred) {
    const trial = await tryBackend(name, load, false);
    tried.push(trial);
    if (trial.problem === undefined) return { name, reason: describe(name, tried, true), tried };
  }
  const others = known.filter((name) => !preferred.includes(name) && name !== lastResort);
  for (const name of others) tried.push(await tryBackend(name, load, true));
  const usable = tried.filter(({ problem }) => problem === undefined);
  let best = usable.sort((a, b) => a.milliseconds! - b.milliseconds!)[0];
  if (best === undefined && !preferred.includes(lastResort)) {
    const trial = await tryBackend(lastResort, load, false);
    tried.push(trial);
    if (trial.problem === undefined) best = trial;
  }
  if (best === undefined) {
    if (before !== undefined) await setBackend(before);
    const problems = tried.map(({ name, problem }) => `${name} ${problem}`).join("; ");
    throw new BackendError(`pickBackend: no backend can train: ${problems}.`);
  }
  await setBackend(best.name);
  return { name: best.name, reason: describe(best.name, tried, false), tried };
}

/** Loads and starts a backend, and lets it train. It is active afterwards, if there is no problem. */
async function tryBackend(
  name: string,
  load: Readonly<Record<string, () => Promise<unknown>>>,
  measured: boolean,
): Promise<BackendTrial> {
  const isRegistered = (): boolean => engine().backendNames().includes(name);
  if (!isRegistered()) {
    try {
      const problem = await (load[name] === undefined ? loadInNode(name) : load[name]().then(() => undefined));
      if (problem !== undefined) return { name, problem };
    } catch (error) {
      return { name, problem: `does not load: ${firstLine(error)}` };
    }
    if (!isRegistered()) return { name, problem: "is not supported here" };
  }
  try {
    // tfjs says on the console why one did not start.
    if (!(await setBackend(name))) return { name, problem: "does not start" };
    const one = await probeTraining(1);
    if (!measured) return { name };
    // The first of a size compiles. A backend that is very slow is not asked for more.
    const times = [await probeTraining(pictures)];
    while (times.length < 4 && times[0]! + one < 1_000) times.push(await probeTraining(pictures));
    return { name, milliseconds: Math.min(...times) };
  } catch (error) {
    return { name, problem: `cannot train: ${firstLine(error)}` };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!.replace(/\.$/, "");
}

function describe(name: string, tried: readonly BackendTrial[], isPreferred: boolean): string {
  const duration = (milliseconds: number): string => `${Number(milliseconds.toPrecision(2))} ms`;
  const others = tried.filter((trial) => trial.name !== name);
  const listed = others.map((trial) => `${trial.name} ${trial.problem ?? duration(trial.milliseconds!)}`).join("; ");
  const behind = listed === "" ? "" : ` (${listed})`;
  if (isPreferred) return `${name}: preferred${behind}`;
  const { milliseconds } = tried.find((trial) => trial.name === name)!;
  if (milliseconds === undefined) return `${name}: the last resort${behind}`;
  return `${name}: the fastest, ${duration(milliseconds)} a step${behind}`;
}
