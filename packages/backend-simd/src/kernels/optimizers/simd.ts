import { chunkItems, type KernelHost } from "../kernelHost.js";

/** Addresses in bytes of `length` floats each; the parameters are changed in place. */
export interface SgdArguments {
  readonly parameters: number;
  readonly gradients: number;
  readonly length: number;
  readonly learningRate: number;
}

/** parameters -= learningRate * gradients. */
export function sgd(host: KernelHost, { parameters, gradients, length, learningRate }: SgdArguments): void {
  if (length === 0) return;
  const { perChunk, chunks } = elements(length, 6);
  host.parallelFor("sgdStep", chunks, [parameters, gradients, -learningRate, length, perChunk]);
}

/** Also the velocities are changed in place. */
export interface MomentumArguments extends SgdArguments {
  readonly velocities: number;
  readonly momentum: number;
  /** Default false. */
  readonly nesterov?: boolean | undefined;
}

/** tfjs's momentum: v = momentum * v + g; parameters -= learningRate * (nesterov ? g + momentum * v : v). */
export function momentum(host: KernelHost, args: MomentumArguments): void {
  const { parameters, gradients, velocities, length, learningRate, nesterov = false } = args;
  if (length === 0) return;
  const { perChunk, chunks } = elements(length, 10);
  const factors = [-learningRate, args.momentum, nesterov ? 1 : 0];
  host.parallelFor("momentumStep", chunks, [parameters, gradients, velocities, ...factors, length, perChunk]);
}

/** Also both moments are changed in place. */
export interface AdamArguments {
  readonly parameters: number;
  readonly gradients: number;
  readonly firstMoments: number;
  readonly secondMoments: number;
  readonly length: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** learningRate / (1 - beta1 ** t), where t is 1 in the first step. */
  readonly step: number;
  /** 1 / sqrt(1 - beta2 ** t). */
  readonly rootCorrection: number;
  /** learningRate * weightDecay of AdamW: by this part the parameters shrink before the step. Default 0. */
  readonly decay?: number | undefined;
}

/**
 * Adam: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g²,
 * parameters -= decay * parameters, then parameters -= step * m / (sqrt(v) * rootCorrection + epsilon).
 * That is learningRate * mHat / (sqrt(vHat) + epsilon), as in tfjs and PyTorch, and with a decay AdamW as in PyTorch.
 */
export function adam(host: KernelHost, args: AdamArguments): void {
  const { parameters, gradients, firstMoments, secondMoments, length, beta1, beta2, decay = 0 } = args;
  if (length === 0) return;
  const { perChunk, chunks } = elements(length, 16);
  host.parallelFor("adamStep", chunks, [
    ...[parameters, gradients, firstMoments, secondMoments],
    ...[beta1, 1 - beta1, beta2, 1 - beta2, -args.step, args.rootCorrection, args.epsilon, decay],
    ...[length, perChunk],
  ]);
}

/** Chunks of whole cache lines. */
function elements(length: number, work: number): { perChunk: number; chunks: number } {
  const { perChunk, chunks } = chunkItems(Math.ceil(length / 64), 64 * work);
  return { perChunk: perChunk * 64, chunks };
}
