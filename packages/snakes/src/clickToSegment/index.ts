export type { ClickMethod, ClickToSegmentOptions, ClickToSegmentResult } from "./clickToSegment.js";
export { clickToSegment } from "./clickToSegment.js";
