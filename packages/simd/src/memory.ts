import { OutOfMemoryError } from "@ddl/core";

/** Bytes of a WebAssembly page. */
export const pageBytes = 65536;
/** Pages that 32-bit addresses reach. */
const addressablePages = 65536;
/** Below this a reservation is not tried any more. */
const fewestPages = 16384;

/** The one memory of a runtime, which its kernels import. */
export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** Whether other threads can see it. */
  readonly shared: boolean;
  /** Bytes it may grow to. */
  readonly maximum: number;

  private constructor(maximum: number, shared: boolean) {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum, shared });
    this.shared = shared;
    this.maximum = maximum * pageBytes;
  }

  /**
   * Reserves address space up to a limit, less where the platform has not so much; pages are taken when they are needed.
   * @throws OutOfMemoryError if not even a quarter can be had
   */
  static reserve(limit: number, shared: boolean): KernelMemory {
    const wanted = Math.min(addressablePages, Math.ceil(limit / pageBytes));
    for (let maximum = wanted; ; maximum = Math.floor(maximum / 2)) {
      try {
        return new KernelMemory(maximum, shared);
      } catch (cause) {
        if (!(cause instanceof RangeError) || maximum <= Math.min(wanted, fewestPages)) {
          const parts = { requested: maximum * pageBytes, held: 0, limit };
          throw new OutOfMemoryError({ functionName: "createRuntime", ...parts });
        }
      }
    }
  }

  /** The bytes; another object after each growth. */
  get buffer(): ArrayBuffer {
    return this.memory.buffer;
  }

  /** Grows to so many bytes, a multiple of the page. @returns whether the platform had them */
  growTo(bytes: number): boolean {
    const missing = (bytes - this.buffer.byteLength) / pageBytes;
    if (missing <= 0) return true;
    try {
      this.memory.grow(missing);
      return true;
    } catch {
      return false;
    }
  }
}
