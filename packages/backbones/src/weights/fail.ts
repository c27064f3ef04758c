/** Ends the reading of a file with a reason that continues "<file>". */
export type Fail = (reason: string, cause?: unknown) => never;
