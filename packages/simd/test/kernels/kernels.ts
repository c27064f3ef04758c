import stored from "./kernels.json" with { type: "json" };

/** The compiled test kernels. */
export const kernelBytes: Uint8Array = Uint8Array.from(atob(stored.base64), (character) => character.charCodeAt(0));

/** All of them. */
export const kernelNames = ["scale", "count", "useScratch", "echo", "trap", "stall"] as const;
