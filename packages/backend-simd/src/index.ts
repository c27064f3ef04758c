import { isRegistered, registerSimdBackend } from "./registerSimdBackend.js";

export type { KernelProfile } from "./backend/profile.js";
export { resetSimdProfile, simdProfile } from "./backend/profile.js";
export type { SimdMemoryInfo } from "./backend/SimdBackend.js";
export type { SimdBackendOptions, SimdExtensionContext, SimdStatus } from "./registerSimdBackend.js";
export { extendSimdBackend, registerSimdBackend, simdStatus } from "./registerSimdBackend.js";

// A second copy of this package, as `require` beside `import` makes one, leaves the first one's choice alone.
if (!isRegistered()) registerSimdBackend();
