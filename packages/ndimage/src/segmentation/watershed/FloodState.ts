/** What a flood works on; all arrays are padded by one element that is not in the mask. */
export interface FloodState {
  /** The markers; the flood completes them. */
  labels: Int32Array;
  /** 1 where the flood may go; used up by the flood. */
  mask: Uint8Array;
  /** Steps to the neighbours in a padded array. */
  neighbours: Int32Array;
  /** Called with the number of entries taken so far, every {@link reportEvery} of them. */
  report: (taken: number) => void;
}

/** How many entries are taken from the queue between two reports; a power of two. */
export const reportEvery: number = 2 ** 16;
