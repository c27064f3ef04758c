const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** A function without arguments that gives a v128. */
const vectorFunction = [1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0];

/** What this platform's WebAssembly can do. */
export interface SimdFeatures {
  /** 128-bit vectors; without them no kernel runs. */
  simd: boolean;
  /** Fused multiply-add and other instructions whose rounding the processor chooses. */
  relaxedSimd: boolean;
  /** Memory that threads share; in a browser only where the page is cross-origin isolated. */
  sharedMemory: boolean;
}

/** Tries each feature; nothing is run. */
export function simdFeatures(): SimdFeatures {
  // i32.const 0; i8x16.splat; end
  const simd = [...header, ...vectorFunction, 10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f, 0x0b];
  // three times i32.const 0; i8x16.splat, then f32x4.relaxed_madd; end
  const splat = [0x41, 0, 0xfd, 0x0f];
  const relaxed = [
    ...header,
    ...vectorFunction,
    10,
    19,
    1,
    17,
    0,
    ...splat,
    ...splat,
    ...splat,
    0xfd,
    0x85,
    0x02,
    0x0b,
  ];
  return {
    simd: WebAssembly.validate(Uint8Array.from(simd)),
    relaxedSimd: WebAssembly.validate(Uint8Array.from(relaxed)),
    sharedMemory: hasSharedMemory(),
  };
}

function hasSharedMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated === false || typeof SharedArrayBuffer === "undefined") return false;
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}
