import type { StoredTensor } from "@ddl/backbones/weights";
import { ArgumentError, DdlError, StateError, throwIfAborted, yieldToEventLoop } from "@ddl/core";
import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { clone, dispose } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { FitResult, NonFiniteBatch, TrainingCallback } from "./callbacks.js";
import { DropoutSeeds } from "./dropoutSeeds.js";
import type { CheckedOptions } from "./fitOptions.js";
import type { Gradients } from "./gradients.js";
import { clipGradients, disposeGradients, GradientAccumulator, gradientNorm } from "./gradients.js";
import type { NamedWeight } from "./modelWeights.js";
import { expectWeightsFit, readWeights, writeWeights } from "./modelWeights.js";
import { MovingAverage } from "./movingAverage.js";
import { nonFinite, nonFiniteMessage } from "./nonFinite.js";
import { expectSameConfiguration, expectTensorsOfWeights } from "./resumedState.js";
import { addFinite, emptyRunning, meanOf } from "./runningEpoch.js";
import type { TrainingBatch, TrainingData } from "./trainingData.js";
import { batchesFrom, checkBatch } from "./trainingData.js";
import type { BestEpoch, EpochRecord, RunningEpoch, TrainingPosition, TrainingState } from "./trainingState.js";
import type { StepResult } from "./trainingStep.js";
import { computeStep } from "./trainingStep.js";
import { checkedMetrics, isBetter, monitored } from "./validation.js";

/** A training that is under way. */
export class Training {
  readonly #model: LayersModel;
  readonly #data: TrainingData;
  readonly #options: CheckedOptions;
  readonly #callbacks: readonly TrainingCallback[];
  readonly #weights: readonly NamedWeight[];
  readonly #statistics: readonly Variable[];
  readonly #seeds: DropoutSeeds;
  readonly #accumulator = new GradientAccumulator();
  readonly #average: MovingAverage | undefined;
  readonly #history: EpochRecord[] = [];
  #position: TrainingPosition = { epoch: 0, step: 0 };
  #running: RunningEpoch = emptyRunning();
  #best: BestEpoch | undefined;
  #bestWeights = new Map<string, StoredTensor>();
  #updates = 0;
  #norm: number | undefined;
  /** False while weights and position do not belong together. */
  #whole = false;

  constructor(model: LayersModel, data: TrainingData, weights: readonly NamedWeight[], options: CheckedOptions) {
    this.#model = model;
    this.#data = data;
    this.#options = options;
    const { callbacks = [], checkpoint, movingAverage, seed } = options;
    this.#callbacks = checkpoint === undefined ? callbacks : [...callbacks, checkpoint];
    this.#weights = weights;
    this.#statistics = model.nonTrainableWeights.map((weight) => weight.read() as Variable);
    this.#average = movingAverage === undefined ? undefined : new MovingAverage(movingAverage.decay, weights);
    this.#seeds = new DropoutSeeds(model, seed);
  }

  async run(): Promise<FitResult> {
    const { epochs, checkpoint, configuration } = this.#options;
    const stopsEarly = (): boolean => this.#position.step === 0 && this.#hasWaited();
    // From here on a store of checkpoints may hold its folder, until it is told how the training ended.
    try {
      const resume = this.#options.resume ?? (await checkpoint?.latest());
      if (resume !== undefined) this.#restore(resume);
      this.#whole = true;
      const { history, updates } = this.#result();
      const start = { epochs, ...this.#position, updates, history, configuration };
      for (const callback of this.#callbacks) await callback.onTrainingStart?.(start);
      while (this.#position.epoch < epochs && !stopsEarly()) await this.#trainEpoch();
      this.#whole = false;
      if (this.#best !== undefined) writeWeights(this.#model, this.#bestWeights);
      else this.#average?.apply();
      for (const callback of this.#callbacks) await callback.onTrainingEnd?.(this.#result());
      return this.#result();
    } catch (reason) {
      await this.#fail(reason);
      throw reason;
    }
  }

  #result(): FitResult {
    return {
      history: [...this.#history],
      best: this.#best,
      updates: this.#updates,
      stoppedEarly: this.#position.epoch < this.#options.epochs,
    };
  }

  /** Gives back all but the model. */
  dispose(): void {
    this.#seeds.dispose();
    this.#accumulator.dispose();
    this.#average?.dispose();
    if (this.#options.ownsOptimizer) this.#options.optimizer.dispose();
  }

  /** One pass over the batches, or what is left of it. */
  async #trainEpoch(): Promise<void> {
    const { signal, seed, schedule, monitor, onNonFinite } = this.#options;
    const { epoch, step } = this.#position;
    for await (const batch of batchesFrom(this.#data, epoch, { skip: step, seed, signal })) {
      throwIfAborted(signal);
      await this.#trainBatch(batch);
      await yieldToEventLoop();
    }
    throwIfAborted(signal);
    const { loss, skipped } = this.#running;
    if (this.#position.step === 0) throw new StateError(`fit: epoch ${epoch + 1} has no batches.`);
    if (loss.count === 0) {
      const message = `fit: epoch ${epoch + 1} must have a batch that is finite; all ${skipped} were left out.`;
      throw new DdlError("training", message);
    }
    if (this.#accumulator.batches > 0) await this.#updateFromAccumulated();
    const validate = (): Promise<Record<string, number>> => this.#validate(epoch);
    const metrics = await (this.#average === undefined ? validate() : this.#average.during(validate));
    throwIfAborted(signal);
    const record = this.#record(metrics);
    const score = monitor === undefined ? record.loss : monitored(record, { metric: monitor.metric, onNonFinite });
    if (monitor !== undefined && isBetter(score, this.#best?.score, monitor.mode)) {
      const read = (): Promise<Map<string, StoredTensor>> => readWeights(this.#model);
      this.#bestWeights = await (this.#average === undefined ? read() : this.#average.during(read));
      this.#best = { epoch, score: score! };
    }
    this.#history.push(record);
    if (schedule.every === "epoch") schedule.advance(score);
    this.#position = { epoch: epoch + 1, step: 0 };
    this.#running = emptyRunning();
    for (const callback of this.#callbacks) await callback.onEpochEnd?.(record, this.#takeState);
  }

  async #trainBatch(batch: TrainingBatch): Promise<void> {
    const { epochs, loss, metrics = {}, schedule, onProgress } = this.#options;
    const { epoch, step } = this.#position;
    checkBatch(this.#model, batch);
    this.#seeds.set(epoch, step);
    // A batch that is left out must not stay in the running statistics either.
    const before = this.#statistics.map((variable) => clone(variable as Tensor));
    this.#whole = false;
    let result: StepResult | undefined;
    try {
      result = await computeStep(this.#model, batch, this.#weights, { loss, metrics });
      const bad = nonFinite(result, this.#options.onNonFinite);
      if (bad !== undefined) {
        disposeGradients(result.gradients);
        this.#restoreStatistics(before);
        await this.#leaveOut({ epoch, step, ...bad, batch, action: this.#options.onNonFinite });
        return;
      }
      await this.#take(result, batch.images.shape[0]!);
    } catch (error) {
      if (result === undefined) this.#restoreStatistics(before);
      throw error;
    } finally {
      dispose(before);
    }
    this.#position.step++;
    this.#whole = true;
    const finite = addFinite(this.#running, result);
    const progress = {
      ...{ epoch, epochs, step: step + 1, loss: result.loss, metrics: finite },
      learningRate: this.#running.learningRate ?? schedule.learningRate,
      ...{ gradientNorm: this.#norm, updates: this.#updates, skipped: this.#running.skipped, ids: batch.ids },
    };
    onProgress?.(progress);
    for (const callback of this.#callbacks) await callback.onStep?.(progress, this.#takeState);
  }

  /** Tells of a batch that is not finite, and leaves it out or throws. */
  async #leaveOut(event: NonFiniteBatch): Promise<void> {
    this.#whole = true;
    for (const callback of this.#callbacks) await callback.onNonFinite?.(event, this.#takeState);
    if (event.action === "stop") throw new DdlError("training", nonFiniteMessage(event));
    this.#running.skipped++;
    this.#position.step++;
  }

  /** Makes an update of a batch's gradients, or keeps them for one. */
  async #take({ gradients, norm }: StepResult, samples: number): Promise<void> {
    if (this.#options.accumulate === 1) {
      this.#update(gradients, norm);
      return;
    }
    this.#accumulator.add(gradients, samples);
    if (this.#accumulator.batches === this.#options.accumulate) await this.#updateFromAccumulated();
  }

  async #updateFromAccumulated(): Promise<void> {
    const mean = this.#accumulator.take();
    const norm = gradientNorm(mean);
    const value = (await norm.data())[0]!;
    norm.dispose();
    this.#update(mean, value);
  }

  #update(gradients: Gradients, norm: number): void {
    const { optimizer, schedule, clipping } = this.#options;
    try {
      clipGradients(gradients, norm, clipping);
      const learningRate = schedule.learningRate;
      const updates = this.#weights
        .filter(({ name }) => gradients.has(name))
        .map(({ name, variable }) => ({ name, variable, gradient: gradients.get(name)! }));
      optimizer.step(updates, learningRate);
      this.#norm = norm;
      this.#running.learningRate = learningRate;
      this.#updates++;
      this.#average?.update();
      if (schedule.every === "update") schedule.advance();
    } finally {
      disposeGradients(gradients);
    }
  }

  async #validate(epoch: number): Promise<Record<string, number>> {
    const { validate, onNonFinite } = this.#options;
    return validate === undefined ? {} : checkedMetrics(await validate(this.#model, epoch), { epoch, onNonFinite });
  }

  #record(metrics: Record<string, number>): EpochRecord {
    const { loss, metrics: sums, skipped, learningRate } = this.#running;
    const trainingMetrics = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, meanOf(sum)]));
    const { epoch } = this.#position;
    return { epoch, loss: meanOf(loss), metrics, trainingMetrics, learningRate: learningRate!, skipped };
  }

  /** Whether early stopping has waited long enough. */
  #hasWaited(): boolean {
    const { earlyStopping } = this.#options;
    const waited = this.#history.length - 1 - (this.#best?.epoch ?? -1);
    return earlyStopping !== undefined && waited >= earlyStopping.patience;
  }

  #restoreStatistics(before: readonly Tensor[]): void {
    for (const [k, variable] of this.#statistics.entries()) variable.assign(before[k]!);
  }

  readonly #takeState = async (): Promise<TrainingState> => {
    const { optimizer, schedule, configuration } = this.#options;
    const { updates: optimizerUpdates, tensors: moments } = await optimizer.save();
    return {
      position: { ...this.#position },
      configuration,
      history: [...this.#history],
      best: this.#best ?? null,
      updates: this.#updates,
      optimizerUpdates,
      schedule: schedule.save(),
      running: {
        ...structuredClone(this.#running),
        accumulatedSamples: this.#accumulator.samples,
        accumulatedBatches: this.#accumulator.batches,
      },
      tensors: {
        weights: await readWeights(this.#model),
        optimizer: moments,
        average: (await this.#average?.save()) ?? new Map(),
        gradients: await this.#accumulator.save(),
        best: this.#bestWeights,
      },
    };
  };

  #restore(state: TrainingState): void {
    const { optimizer, schedule, epochs } = this.#options;
    if (!(state?.tensors?.weights instanceof Map)) {
      const expected = "be a state of a training";
      throw new ArgumentError({ functionName: "fit", argument: "resume", expected, received: state });
    }
    const { position, configuration, running, tensors } = state;
    if (position.epoch > epochs) {
      throw new StateError(`fit: resume has ${position.epoch} epochs behind it, more than the ${epochs} asked for.`);
    }
    expectSameConfiguration(this.#options.configuration, configuration);
    expectWeightsFit(this.#model, tensors.weights);
    expectTensorsOfWeights(this.#weights, "the optimizer's tensors do not", tensors.optimizer, (key) =>
      key.slice(key.indexOf("/") + 1),
    );
    expectTensorsOfWeights(this.#weights, "the accumulated gradients do not", tensors.gradients, (key) => key);
    this.#average?.restore(tensors.average);
    writeWeights(this.#model, tensors.weights);
    optimizer.restore({ updates: state.optimizerUpdates, tensors: tensors.optimizer });
    schedule.restore(state.schedule);
    this.#accumulator.restore(tensors.gradients, running.accumulatedSamples, running.accumulatedBatches);
    this.#position = { ...position };
    this.#history.push(...state.history);
    this.#best = state.best ?? undefined;
    this.#bestWeights = tensors.best;
    this.#updates = state.updates;
    this.#running = structuredClone(running);
  }

  async #fail(reason: unknown): Promise<void> {
    const stopped = this.#options.signal?.aborted === true && this.#whole;
    for (const callback of this.#callbacks) {
      try {
        await callback.onTrainingFailed?.(reason, stopped ? this.#takeState : undefined);
      } catch {
        // The first reason is what the caller has to know.
      }
    }
  }
}
