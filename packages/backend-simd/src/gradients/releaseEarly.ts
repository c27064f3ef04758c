import type { Tensor } from "@tensorflow/tfjs-core";
import { engine, getBackend } from "@tensorflow/tfjs-core";

type InputGradients = Record<string, () => Tensor>;

/** What tfjs notes of an operation on the way forwards. */
interface TapeNode {
  inputs: Record<string, Tensor>;
  saved?: Tensor[];
  gradient?: (dys: (Tensor | null)[]) => InputGradients;
}

/** What is used here of tfjs's engine, some of it private. */
interface Engine {
  state: { activeTape: TapeNode[] | null; activeScope: { id: number }; gradientDepth: number };
  tidy<T>(f: () => T): T;
  addTapeNode(...args: unknown[]): void;
  gradients(f: () => Tensor, xs: Tensor[], dy?: Tensor, allowNoGradients?: boolean): unknown;
  [patched]?: true;
}

/** One way back along the tape. */
interface Backward {
  /** The gradient that the caller has given, and keeps. */
  given: Tensor | undefined;
  /** What the operation before needed, and nothing will need again. */
  done: { gradients: Tensor[]; saved: readonly Tensor[] };
  /** How often a tensor was returned as somebody's gradient, where that is more than never. */
  returned: Map<Tensor, number>;
  /** Inputs that have a gradient already: tfjs adds the next one to it. */
  reached: Set<number>;
}

const patched: unique symbol = Symbol.for("@ddl/backend-simd/releaseEarly") as never;

/**
 * On the way back tfjs holds every gradient and everything saved on the way forwards until the end. While this backend is in use each is
 * given back as soon as its operation is passed, so that a training step needs half the memory. Inside a gradient of a gradient all stays,
 * and only what tfjs would dispose itself is touched: nothing kept, and nothing of another scope. A gradient that fails, as when memory is
 * out, gives back what it holds.
 */
export function releaseEarly(): void {
  const tape = engine() as unknown as Engine;
  if (tape[patched] === true || typeof tape.addTapeNode !== "function") return;
  tape[patched] = true;
  let backward: Backward | undefined;

  const { addTapeNode, gradients } = tape;
  tape.gradients = function (this: Engine, f, xs, dy, allowNoGradients) {
    const outer = backward;
    backward = { given: dy, done: { gradients: [], saved: [] }, returned: new Map(), reached: new Set() };
    try {
      return this.tidy(() => gradients.call(this, f, xs, dy, allowNoGradients));
    } catch (error) {
      // tfjs leaves what is on the tape behind. Inside another gradient the tape is that one's.
      if (this.state.gradientDepth === 0) {
        for (const { saved = [] } of this.state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
        this.state.activeTape = null;
      }
      throw error;
    } finally {
      backward = outer;
    }
  };
  tape.addTapeNode = function (this: Engine, ...args) {
    addTapeNode.apply(this, args);
    const node = this.state.activeTape!.at(-1)!;
    const { gradient, inputs, saved = [] } = node;
    if (gradient === undefined) return;
    node.gradient = (dys) => {
      if (backward === undefined || this.state.gradientDepth !== 0 || getBackend() !== "simd") return gradient(dys);
      const pass = backward;
      release(pass, this.state.activeScope.id);
      const of = gradient(dys);
      pass.done = { gradients: dys.filter((dy) => dy !== null), saved };
      return Object.fromEntries(
        Object.entries(of).map(([name, make]) => [name, () => noted(pass, inputs[name]?.id, make())]),
      );
    };
  };
}

function noted(pass: Backward, input: number | undefined, gradient: Tensor): Tensor {
  pass.returned.set(gradient, (pass.returned.get(gradient) ?? 0) + 1);
  if (input === undefined) return gradient;
  // The second gradient of an input lives on in a sum.
  if (pass.reached.has(input)) pass.done.gradients.push(gradient);
  pass.reached.add(input);
  return gradient;
}

function release({ given, done, returned }: Backward, scope: number): void {
  for (const tensor of done.gradients) {
    const others = (returned.get(tensor) ?? 1) - 1;
    if (others > 0) returned.set(tensor, others);
    else if (tensor !== given && !tensor.kept && tensor.scopeId === scope) tensor.dispose();
  }
  for (const tensor of done.saved) if (!returned.has(tensor)) tensor.dispose();
}
