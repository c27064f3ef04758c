export type {
  CheckpointEntry,
  CheckpointFolder,
  CheckpointOptions,
  DamagedCheckpoint,
} from "./checkpoints/checkpoints.js";
export { checkpoints } from "./checkpoints/checkpoints.js";
export { csvLog } from "./logs/csvLog.js";
export type { TensorBoardLogOptions } from "./logs/tensorBoardLog.js";
export { tensorBoardLog } from "./logs/tensorBoardLog.js";
export type { TerminalProgressOptions } from "./logs/terminalProgress.js";
export { terminalProgress } from "./logs/terminalProgress.js";
