/** What kind of thing went wrong; stable across versions, the field to test. */
export type DdlErrorCode =
  | "argument"
  | "shape"
  | "dtype"
  | "range"
  | "data"
  | "out-of-memory"
  | "backend"
  | "state"
  | "training";

const MARK: unique symbol = Symbol.for("@ddl/error") as never;

/** The parts of an error, beside its message. */
export interface DdlErrorParts {
  /** Name of the argument, option or file that is at fault. */
  argument?: string;
  /** What would have been accepted. */
  expected?: string;
  /** What was received, shortened to 80 characters. */
  received?: string;
  /** The error that led here. */
  cause?: unknown;
}

/**
 * Base of every error that the `@ddl` packages throw on purpose.
 *
 * Test errors by `code` or with {@link isDdlError}, not with `instanceof`: a program that loads a package by `import` and
 * by `require` holds two copies of the class.
 *
 * @example
 * ```ts
 * try { diceScore(a, b); } catch (error) { if (isDdlError(error) && error.code === "shape") explain(error.expected); }
 * ```
 */
export class DdlError extends Error {
  declare readonly code: DdlErrorCode;
  declare readonly argument: string | undefined;
  declare readonly expected: string | undefined;
  declare readonly received: string | undefined;

  constructor(code: DdlErrorCode, message: string, parts: DdlErrorParts = {}) {
    super(message, parts);
    const { argument, expected, received } = parts;
    Object.assign(this, { name: new.target.name, code, argument, expected, received });
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** True for an error of any `@ddl` package, whichever copy of the class made it. */
export function isDdlError(error: unknown): error is DdlError {
  return error instanceof Error && (error as unknown as Record<symbol, unknown>)[MARK] === true;
}

/** What an argument error is made from. */
export interface ArgumentErrorParts {
  functionName: string;
  argument: string;
  /** Continues "must": `"be a finite number > 0"`, `"have shape [2, 3]"`. */
  expected: string;
  /** The value itself; it is described and shortened. */
  received: unknown;
  /** One more sentence that helps. */
  advice?: string;
}

/** The message every argument error has: `<function>: <argument> must <be …>; received <value>.` */
class ArgumentErrorBase extends DdlError {
  constructor(code: DdlErrorCode, parts: ArgumentErrorParts) {
    const { functionName, argument, expected, advice } = parts;
    const received = describe(parts.received);
    const message = `${functionName}: ${argument} must ${expected}; received ${received}.`;
    super(code, advice ? `${message} ${advice}` : message, { ...parts, received });
  }
}

/** An argument of the wrong type or an option that does not exist. */
export class ArgumentError extends ArgumentErrorBase {
  constructor(parts: ArgumentErrorParts) {
    super("argument", parts);
  }
}

/** An array or tensor of the wrong rank or shape. */
export class ShapeError extends ArgumentErrorBase {
  constructor(parts: ArgumentErrorParts) {
    super("shape", parts);
  }
}

/** An array or tensor of the wrong element type. */
export class DtypeError extends ArgumentErrorBase {
  constructor(parts: ArgumentErrorParts) {
    super("dtype", parts);
  }
}

/** A number, or a number inside an array, outside its range. */
export class RangeArgumentError extends ArgumentErrorBase {
  constructor(parts: ArgumentErrorParts) {
    super("range", parts);
  }
}

/** A file or record that is missing, damaged or not what its format says. */
export class DataError extends DdlError {
  /** The file at fault, relative to the root that was opened. */
  readonly file: string;

  constructor(functionName: string, file: string, reason: string, parts: DdlErrorParts = {}) {
    super("data", `${functionName}: ${file} ${reason}`, { argument: file, ...parts });
    this.file = file;
  }
}

/** What an {@link OutOfMemoryError} is made from, all in bytes. */
export interface OutOfMemoryParts {
  functionName: string;
  /** What was asked for. */
  requested: number;
  /** What is in use already. */
  held: number;
  /** What may be in use at most. */
  limit: number;
}

/** No memory for a result; what is in use stays usable, and giving some of it back helps. */
export class OutOfMemoryError extends DdlError {
  readonly requested: number;
  readonly held: number;
  readonly limit: number;

  constructor({ functionName, requested, held, limit }: OutOfMemoryParts) {
    const free = `fit into the ${limit} bytes of the memory limit, of which ${held} are in use`;
    super("out-of-memory", `${functionName}: ${requested} bytes must ${free}.`, {
      argument: "bytes",
      expected: free,
      received: String(requested),
    });
    this.requested = requested;
    this.held = held;
    this.limit = limit;
  }
}

/** A backend that is missing or lost. */
export class BackendError extends DdlError {
  constructor(message: string, parts: DdlErrorParts = {}) {
    super("backend", message, parts);
  }
}

/** An object used when it cannot be: disposed, running already, not ready. */
export class StateError extends DdlError {
  constructor(message: string, parts: DdlErrorParts = {}) {
    super("state", message, parts);
  }
}

/** Describes a value for an error text in at most 80 characters: `[2, 3]`, `"abc"`, `Float32Array(12)`, `NaN`. */
export function describe(value: unknown): string {
  const text = describeWhole(value, 0);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

// One expression, to be small: every bundle holds it.
const describeWhole = (value: unknown, depth: number): string =>
  typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "function"
      ? "a function"
      : Object(value) !== value
        ? Object.is(value, -0)
          ? "-0"
          : String(value)
        : ArrayBuffer.isView(value)
          ? `${value.constructor.name}(${(value as Uint8Array).length ?? value.byteLength})`
          : Array.isArray(value)
            ? // An array may hold itself: deeper levels than a list of polygons has are left out.
              `[${depth < 3 ? Array.from(value.slice(0, 40), (item) => describeWhole(item, depth + 1)).join(", ") : "…"}]`
            : Array.isArray((value as { shape?: unknown }).shape)
              ? `an array of shape [${(value as { shape: number[] }).shape.join(", ")}]`
              : `{ ${Object.keys(value as object).join(", ")} }`.replace("{  }", "{}");
