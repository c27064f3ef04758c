import { elementCount } from "@ddl/core";
import type { Fail } from "./fail.js";
import type { StoredDtype } from "./storedTensor.js";
import { dtypes, elementSize } from "./storedTensor.js";

/** Where a tensor lies, in bytes behind the header. */
export interface HeaderEntry {
  dtype: StoredDtype;
  shape: number[];
  begin: number;
  end: number;
}

/** A header above this size is refused before it is parsed, as the format's own reader does. */
export const largestHeader = 100_000_000;

/** The checked header of a file of which `available` bytes lie behind the header: no holes, no overlaps, nothing left. */
export function readHeader(
  bytes: Uint8Array,
  available: number,
  fail: Fail,
): { entries: Map<string, HeaderEntry>; metadata: Record<string, string> } {
  const entries = new Map<string, HeaderEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of parseHeader(bytes, fail)) {
    if (name === "__metadata__") metadata = checkMetadata(entry, fail);
    else entries.set(name, checkEntry(name, entry, available, fail));
  }
  const inOrder = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of inOrder) {
    if (begin !== covered)
      fail(`must hold tensors without holes and overlaps; ${name} begins at ${begin}, not at ${covered}.`);
    covered = end;
  }
  if (covered !== available) fail(`must end with its last tensor; ${available - covered} bytes are left.`);
  return { entries, metadata };
}

function parseHeader(bytes: Uint8Array, fail: Fail): [string, unknown][] {
  let header: unknown;
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    return fail("must have a header of JSON.", cause);
  }
  if (header === null || typeof header !== "object" || Array.isArray(header))
    return fail("must have a JSON object as header.");
  if (bytes[0] !== 0x7b) fail("must have a header that begins with {.");
  const repeated = repeatedKey(text);
  if (repeated !== undefined) fail(`must name everything once; its header repeats ${JSON.stringify(repeated)}.`);
  return Object.entries(header);
}

/** The first key that an object of a valid JSON text has twice: of the two JSON.parse would keep one in silence. */
function repeatedKey(json: string): string | undefined {
  /** Keys of the objects around a place, nothing for a list. */
  const around: (Set<string> | undefined)[] = [];
  let text = "";
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g)) {
    if (token === "{") around.push(new Set());
    else if (token === "[") around.push(undefined);
    else if (token === "}" || token === "]") around.pop();
    else if (token === ":") {
      const key = JSON.parse(text) as string;
      const keys = around.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    } else text = token;
  }
  return undefined;
}

function checkMetadata(entry: unknown, fail: Fail): Record<string, string> {
  const good =
    entry !== null &&
    typeof entry === "object" &&
    !Array.isArray(entry) &&
    Object.values(entry).every((value) => typeof value === "string");
  return good ? (entry as Record<string, string>) : fail("must have only strings in __metadata__.");
}

function checkEntry(name: string, entry: unknown, available: number, fail: Fail): HeaderEntry {
  const { dtype, shape, data_offsets: offsets, ...rest } = (entry ?? {}) as Record<string, unknown>;
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  const wellFormed =
    typeof dtype === "string" &&
    Array.isArray(shape) &&
    shape.every(isSize) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isSize) &&
    Object.keys(rest).length === 0;
  if (!wellFormed) return fail(`must give ${name} exactly dtype, shape and data_offsets, of whole numbers.`);
  if (!(dtypes as readonly string[]).includes(dtype))
    return fail(`must hold the types ${dtypes.join(", ")}; ${name} has dtype ${JSON.stringify(dtype)}.`);
  const [begin, end] = offsets as [number, number];
  const size = elementCount(shape) * elementSize(dtype as StoredDtype);
  if (begin > end || end > available || end - begin !== size) {
    return fail(`must hold ${size} bytes for ${name}; received the range ${begin} to ${end} of ${available}.`);
  }
  return { dtype: dtype as StoredDtype, shape, begin, end };
}
