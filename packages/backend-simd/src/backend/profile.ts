/** Calls of one kernel since the last reset. */
export interface KernelProfile {
  /** tfjs's name of the kernel, for instance `FusedConv2D`. */
  kernel: string;
  /** `wasm`: written for this backend; `inherited`: tfjs's `cpu` kernel. */
  where: "wasm" | "inherited";
  calls: number;
  /** Milliseconds in all calls, nested ones included. */
  milliseconds: number;
}

const profiles = new Map<string, KernelProfile>();

/** Counts a call that began at a time of `performance.now()`. */
export function record(kernel: string, where: KernelProfile["where"], began: number): void {
  const key = `${where} ${kernel}`;
  let profile = profiles.get(key);
  if (profile === undefined) {
    profile = { kernel, where, calls: 0, milliseconds: 0 };
    profiles.set(key, profile);
  }
  profile.calls++;
  profile.milliseconds += performance.now() - began;
}

/**
 * Which kernels ran where and how long, since the start or the last reset; the longest first.
 * @example `console.table(simdProfile().slice(0, 10))`
 */
export function simdProfile(): KernelProfile[] {
  return [...profiles.values()].map((one) => ({ ...one })).sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Counts from zero again. */
export function resetSimdProfile(): void {
  profiles.clear();
}
