export type { SafetensorsContent, SafetensorsFile } from "./safetensors.js";
export { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
export type { StoredDtype, StoredTensor } from "./storedTensor.js";
export type { TorchCheckpoint, TorchValue } from "./torchCheckpoint.js";
export { decodeTorchCheckpoint } from "./torchCheckpoint.js";
