export { csvLog } from "./logs/csvLog.js";
export type { TensorBoardLogOptions } from "./logs/tensorBoardLog.js";
export { tensorBoardLog } from "./logs/tensorBoardLog.js";
export type { TerminalProgressOptions } from "./logs/terminalProgress.js";
export { terminalProgress } from "./logs/terminalProgress.js";
