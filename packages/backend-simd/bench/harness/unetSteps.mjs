// The U-Net whose training and inference are measured, on the present backend, and the same one in torch.
import { built, tf } from "./libraries.mjs";
import { randomArray } from "./random.mjs";

const { unet } = await built("unet");
const { binaryCrossEntropy } = await built("losses");

/** The table's: four times halved, 16 filters first, four images of 128 × 128 × 3. */
const tableUnet = { size: 128, batch: 4, baseFilters: 16, depth: 4 };
/** For trials of the harness, on whatever speed the backend has. */
const trialUnet = { ...tableUnet, size: 32, batch: 2 };

/** Its shape, and words for it. */
export function chosenUnet(row) {
  const shape = row.trial ? trialUnet : tableUnet;
  const { size, batch, baseFilters } = shape;
  return { shape, words: `U-Net ${size}²×3, base ${baseFilters}, batch ${batch}` };
}

/** Steps after which losses are compared before the clock starts. */
const comparedSteps = 3;
const learningRate = 1e-3;

/** A model with its data and optimiser, made on the backend that is set. */
export function makeUnet({ size, batch, baseFilters, depth }) {
  const backend = tf.getBackend();
  const model = unet({ inputShape: [size, size, 3], baseFilters, depth, seed: 1 });
  const arrays = { images: randomArray([batch, size, size, 3], 1), masks: randomArray([batch, size, size, 1], 2) };
  arrays.masks.values = arrays.masks.values.map((value) => (value > 0.2 ? 1 : 0));
  const images = tf.tensor(arrays.images.values, arrays.images.shape);
  const masks = tf.tensor(arrays.masks.values, arrays.masks.shape);
  const variables = model.trainableWeights.map((weight) => weight.read());
  const initial = model.getWeights().map((weight) => ({ values: weight.dataSync(), shape: weight.shape }));
  let optimizer = makeAdam();

  const lossOf = () => binaryCrossEntropy(masks, model.apply(images, { training: true }), { fromLogits: true });
  const step = () => {
    const cost = optimizer.minimize(lossOf, true, variables);
    const [loss] = cost.dataSync();
    cost.dispose();
    return loss;
  };
  const reset = () => {
    optimizer.dispose();
    optimizer = makeAdam();
    tf.tidy(() => model.setWeights(initial.map(({ values, shape }) => tf.tensor(values, shape))));
  };
  const before = async () => {
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
  };
  return {
    arrays,
    trainableParameters: variables.reduce((sum, variable) => sum + variable.size, 0),
    weights: Object.fromEntries(
      model.trainableWeights.map(({ originalName, shape }, k) => [
        originalName,
        { shape, values: variables[k].dataSync() },
      ]),
    ),
    training: {
      before,
      run: step,
      /** Losses of the first steps from the initial weights, where it also ends. */
      output: () => {
        reset();
        const losses = Float32Array.from({ length: comparedSteps }, step);
        reset();
        return losses;
      },
    },
    inference: {
      before,
      run: () => tf.tidy(() => void model.predict(images)),
      output: () => tf.tidy(() => model.predict(images).dataSync()),
    },
    dispose: () => {
      optimizer.dispose();
      tf.dispose([images, masks]);
      model.dispose();
    },
  };
}

function makeAdam() {
  return tf.train.adam(learningRate, 0.9, 0.999, 1e-7);
}

/** The same network with the same weights and data in torch. @param part `step` or `inference` */
export async function unetInTorch(torch, ours, { baseFilters, depth }, part, channelsLast = false) {
  const message = { op: "unet", part, baseFilters, depth, channelsLast, learningRate, steps: comparedSteps };
  const side = await torch.side(message, { ...ours.arrays, ...ours.weights });
  const { trainableParameters } = side.about;
  if (trainableParameters !== ours.trainableParameters) {
    throw new Error(`trainable parameters: torch has ${trainableParameters}, ours has ${ours.trainableParameters}.`);
  }
  return side;
}
