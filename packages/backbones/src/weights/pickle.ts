import { describe } from "@ddl/core";
import type { Fail } from "./fail.js";

/** A class or function that a pickle names, such as `torch FloatStorage`: only a name, nothing of it is loaded. */
export class PickledName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What a pickle is read into: dictionaries are Maps; lists and tuples are arrays; None is null. */
export type Pickled = null | boolean | number | string | Pickled[] | Map<Pickled, Pickled> | object;

/** What stands for the few names and calls that a pickle may ask for; undefined where it asks for another. */
export interface PickleTable {
  /** What a class or function stands for: itself, to be called, or a plain value. */
  named: (name: string) => Pickled | undefined;
  /** The result of a call, by name. */
  called: (name: string, args: Pickled[]) => Pickled | undefined;
  /** What an identifier of something outside the pickle stands for. */
  persistent: (id: Pickled) => Pickled | undefined;
  /** True for an object of a result, where it is no dictionary, list or tuple. */
  isResult: (value: object) => boolean;
}

/** Levels of containers in containers. */
const deepest = 100;

/**
 * Reads a pickle of protocol 2 without running anything: the opcodes of state dicts are interpreted, and a call is looked up in a table of
 * our own. Any other opcode is refused, by name and offset.
 */
export function readPickle(bytes: Uint8Array, table: PickleTable, fail: Fail): Pickled {
  const value = new Unpickler(bytes, table, fail).run();
  expectSound(value, table, fail);
  return value;
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #table: PickleTable;
  readonly #fail: Fail;
  #at = 0;
  /** Where the opcode at work began. */
  #opcodeAt = 0;
  readonly #stack: Pickled[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(bytes: Uint8Array, table: PickleTable, fail: Fail) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#table = table;
    this.#fail = fail;
  }

  run(): Pickled {
    if (this.#bytes[0] !== 0x80 || this.#bytes[1] !== 2) this.#refuse("begin with protocol 2", "another");
    for (;;) {
      this.#opcodeAt = this.#at;
      const opcode = this.#byte();
      if (opcode === 0x2e) {
        const value = this.#pop();
        if (this.#stack.length > 0 || this.#marks.length > 0) this.#refuse("end with one value", "several");
        return value;
      }
      const act = this.#opcodes[opcode];
      if (act === undefined) {
        const name = opcodeNames[opcode] ?? `0x${opcode.toString(16).padStart(2, "0")}`;
        this.#refuse("have only opcodes of state dicts", name);
      }
      act!();
    }
  }

  readonly #opcodes: Record<number, () => void> = {
    128: () => void (this.#byte() === 2 || this.#refuse("be of protocol 2", "another")), // PROTO
    99: () => this.#push(this.#name()), // GLOBAL
    113: () => void this.#memo.set(this.#byte(), this.#top()), // BINPUT
    114: () => void this.#memo.set(this.#uint32(), this.#top()), // LONG_BINPUT
    104: () => this.#push(this.#remembered(this.#byte())), // BINGET
    106: () => this.#push(this.#remembered(this.#uint32())), // LONG_BINGET
    40: () => void this.#marks.push(this.#stack.length), // MARK
    88: () => this.#push(this.#text(this.#uint32())), // BINUNICODE
    140: () => this.#push(this.#text(this.#byte())), // SHORT_BINUNICODE
    75: () => this.#push(this.#byte()), // BININT1
    77: () => this.#push(this.#view.getUint16(this.#take(2), true)), // BININT2
    74: () => this.#push(this.#view.getInt32(this.#take(4), true)), // BININT
    138: () => this.#push(this.#long(this.#byte())), // LONG1
    71: () => this.#push(this.#view.getFloat64(this.#take(8), false)), // BINFLOAT
    78: () => this.#push(null), // NONE
    136: () => this.#push(true), // NEWTRUE
    137: () => this.#push(false), // NEWFALSE
    41: () => this.#push([]), // EMPTY_TUPLE
    93: () => this.#push([]), // EMPTY_LIST
    125: () => this.#push(new Map()), // EMPTY_DICT
    116: () => this.#push(this.#popMark()), // TUPLE
    133: () => this.#push([this.#pop()]), // TUPLE1
    134: () => this.#push(this.#popLast(2)), // TUPLE2
    135: () => this.#push(this.#popLast(3)), // TUPLE3
    97: () => this.#append([this.#pop()]), // APPEND
    101: () => this.#append(this.#popMark()), // APPENDS
    115: () => this.#set(this.#popLast(2)), // SETITEM
    117: () => this.#set(this.#popMark()), // SETITEMS
    82: () => this.#reduce(), // REDUCE
    98: () => this.#build(), // BUILD
    81: () => {
      // BINPERSID
      const id = this.#pop();
      this.#push(this.#table.persistent(id) ?? this.#refuse("ask for storages only", "another identifier"));
    },
  };

  #refuse(expected: string, received: string): never {
    return this.#fail(`must ${expected}; received ${received} at byte ${this.#opcodeAt} of its pickle.`);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) this.#fail(`must have a whole pickle; it ends at byte ${this.#bytes.length}.`);
    this.#at += count;
    return at;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #text(length: number): string {
    const at = this.#take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(at, at + length));
    } catch {
      return this.#refuse("have texts in UTF-8", "another");
    }
  }

  /** A little-endian integer of some bytes in two's complement. */
  #long(length: number): number {
    const at = this.#take(length);
    let value = 0n;
    for (let k = 0; k < length; k++) value |= BigInt(this.#bytes[at + k]!) << BigInt(8 * k);
    const number = Number(BigInt.asIntN(8 * length, value));
    return Number.isSafeInteger(number) ? number : this.#refuse("have integers within ±(2^53 − 1)", "a larger one");
  }

  #name(): Pickled {
    const parts = [this.#line(), this.#line()];
    const name = parts.join(" ");
    return this.#table.named(name) ?? this.#refuse("name only what tensors are made of", describe(name));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    const line = this.#text((end < 0 ? this.#bytes.length : end) - this.#at);
    this.#take(1);
    return line;
  }

  #push(value: Pickled): void {
    this.#stack.push(value);
  }

  #top(): Pickled {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.#refuse("have a value for each opcode", "none");
    return this.#stack.at(-1)!;
  }

  #pop(): Pickled {
    this.#top();
    return this.#stack.pop()!;
  }

  #popLast(count: number): Pickled[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  #popMark(): Pickled[] {
    const mark = this.#marks.pop();
    return mark === undefined ? this.#refuse("mark where a list begins", "no mark") : this.#stack.splice(mark);
  }

  #remembered(key: number): Pickled {
    const value = this.#memo.get(key);
    return value === undefined ? this.#refuse("remember a value before it is used again", `number ${key}`) : value;
  }

  #append(items: Pickled[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) this.#refuse("append to lists", "another value");
    for (const item of items) list.push(item);
  }

  #set(items: Pickled[]): void {
    const dictionary = this.#top();
    if (!(dictionary instanceof Map) || items.length % 2 === 1)
      this.#refuse("set pairs of dictionaries", "another value");
    for (let k = 0; k < items.length; k += 2) {
      if (typeof items[k] === "object" && items[k] !== null) this.#refuse("have plain keys", "another");
      dictionary.set(items[k]!, items[k + 1]!);
    }
  }

  #reduce(): void {
    const [called, args] = this.#popLast(2);
    if (!(called instanceof PickledName) || !Array.isArray(args)) this.#refuse("call names only", "another value");
    const value = this.#table.called(called.name, args);
    this.#push(value === undefined ? this.#refuse("call only what makes tensors", describe(called.name)) : value);
  }

  /** A state dict carries versions of its modules as an attribute, which are no part of it. */
  #build(): void {
    const state = this.#pop();
    const known = state instanceof Map && state.size === 1 && state.has("_metadata");
    if (!known || !(this.#top() instanceof Map))
      this.#refuse("give an attribute only to state dicts, _metadata", "another");
  }
}

/** Refuses what holds itself, what is nested so deeply that a walk through it could fail, and what is left of the making of tensors. */
function expectSound(value: Pickled, table: PickleTable, fail: Fail): void {
  /** Levels below a container that was walked through already. */
  const heights = new Map<object, number>();
  const heightOf = (each: Pickled, depth: number): number => {
    if (typeof each !== "object" || each === null) return 0;
    const inner = each instanceof Map ? each.values() : each;
    if (!(each instanceof Map || Array.isArray(each))) {
      if (!table.isResult(each)) fail("must hold tensors and plain values; received a part of a tensor.");
      return 0;
    }
    const known = heights.get(each);
    if (depth + (known ?? 0) > deepest)
      fail(`must nest at most ${deepest} levels, and hold nothing that holds itself.`);
    if (known !== undefined) return known;
    let height = 1;
    for (const child of inner as Iterable<Pickled>) height = Math.max(height, 1 + heightOf(child, depth + 1));
    heights.set(each, height);
    return height;
  };
  heightOf(value, 0);
}

/** Names of the opcodes that are refused, for the message. */
const opcodeNames: Record<number, string> = {
  48: "POP",
  49: "POP_MARK",
  50: "DUP",
  70: "FLOAT",
  73: "INT",
  76: "LONG",
  80: "PERSID",
  83: "STRING",
  84: "BINSTRING",
  85: "SHORT_BINSTRING",
  86: "UNICODE",
  100: "DICT",
  103: "GET",
  105: "INST",
  108: "LIST",
  111: "OBJ",
  112: "PUT",
  129: "NEWOBJ",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  139: "LONG4",
  66: "BINBYTES",
  67: "SHORT_BINBYTES",
  141: "BINUNICODE8",
  142: "BINBYTES8",
  143: "EMPTY_SET",
  144: "ADDITEMS",
  145: "FROZENSET",
  146: "NEWOBJ_EX",
  147: "STACK_GLOBAL",
  148: "MEMOIZE",
  149: "FRAME",
  150: "BYTEARRAY8",
};
