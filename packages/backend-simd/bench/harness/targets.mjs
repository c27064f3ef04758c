// What the backend is to reach: `[at least, aim]` for each build, one thread unless the row says otherwise.

const both = (atLeast, aim) => ({ relaxed: [atLeast, aim], plain: [atLeast, aim] });

export const targets = {
  conv3x3Wide: { work: "conv2d 3×3, C64 64² and 128², against torch", relaxed: [0.9, 1.1], plain: [0.65, 0.8] },
  conv3x3Narrow: { work: "conv2d 3×3, C16 and C32 128², against torch", relaxed: [0.75, 1], plain: [0.6, 0.8] },
  conv3x3Gradients: {
    work: "conv2d input and filter gradients, against torch",
    relaxed: [0.85, 1.1],
    plain: [0.6, 0.8],
  },
  conv3x3TfjsWasm: { work: "conv2d 3×3, against tfjs wasm", relaxed: [3.5, 5], plain: [2.5, 3.5] },
  convKinds: { work: "other convolutions, share of our own matrix product's rate", ...both(0.7, 0.85) },
  winograd: { work: "Winograd where it applies, against the direct sum", ...both(1, 1.5) },
  matMul: { work: "matMul 1024³, against torch as installed", relaxed: [0.55, 0.65], plain: [0.4, 0.5] },
  memoryBound: { work: "memory-bound operations, against one pass over memory", ...both(1.5, 1.2), atMost: true },
  trainingTorch: {
    work: "training step of the U-Net, 2 threads, against torch",
    relaxed: [0.6, 0.9],
    plain: [0.5, 0.7],
  },
  trainingDeformable: { work: "training step of a Deformable U-Net, against torch and torchvision", ...both(6, 12) },
  trainingTfjsCpu: { work: "training step of the U-Net, against tfjs cpu", ...both(200, 1000) },
  trainingThreads: { work: "training step of the U-Net, 2 threads over 1", ...both(1.6, 1.85) },
  inference1: { work: "inference of the U-Net, 1 thread, against tfjs wasm", relaxed: [2.5, 4] },
  inference2: { work: "inference of the U-Net, 2 threads, against tfjs wasm", relaxed: [4, 7] },
  peakMemory: { work: "peak memory of the training step, against torch", ...both(1.5, 1.5), atMost: true },
  dispatchParked: { work: "empty parallel region, workers parked, µs", ...both(25, 25), atMost: true },
  dispatchHot: { work: "empty parallel region, workers hot, µs", ...both(1.5, 1.5), atMost: true },
};

/** A number against its target. @returns undefined where the table asks nothing of this build */
export function judge(key, build, value) {
  const { work, atMost = false, [build]: bounds } = targets[key];
  if (bounds === undefined) return undefined;
  const [atLeast, aim] = bounds;
  const meets = (bound) => (atMost ? value <= bound : value >= bound);
  const met = meets(aim) ? "aim" : meets(atLeast) ? "at least" : "no";
  return { key, work, value, atLeast, aim, atMost, met };
}
