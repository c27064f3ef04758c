export type { SafetensorsFile, StoredTensor } from "./safetensors.js";
export { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
