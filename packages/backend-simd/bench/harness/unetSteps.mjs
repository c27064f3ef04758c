// The networks whose training and inference are measured, on the present backend, and the same ones in torch.
import { built, tf } from "./libraries.mjs";
import { randomArray } from "./random.mjs";

const { deformableUnet, unet } = await built("unet");
const { exportWeights } = await built("backbones", "weights");
const { binaryCrossEntropy } = await built("losses");
// Kernels of deformable operations on the backend.
await built("deform-conv", "simd");

/** Every network is halved four times and takes images of three channels. The table's: 16 filters first, four images of 128 × 128. */
const tableUnet = { network: "unet", size: 128, batch: 4, baseFilters: 16 };
/** For trials of the harness, on whatever speed the backend has. */
const trialUnet = { ...tableUnet, size: 32, batch: 2 };

/** Deformable convolutions encode and the rest is plain; or all of it is deformable. Their offsets learn as fast as other weights, as in torch. */
const networks = {
  unet: (options) => unet.buda({ ...options, output: "logits" }),
  deformableEncoder: (options) => deformableUnet({ ...options, ...deformable, decoder: "transpose", pooling: "max" }),
  deformableUnet: (options) => deformableUnet({ ...options, ...deformable }),
};
const deformable = { modulated: true, offsetLearningRate: 1 };
const titles = {
  unet: "U-Net",
  deformableEncoder: "Deformable U-Net (encoder only, modulated)",
  deformableUnet: "Deformable U-Net (encoder, decoder and pooling, modulated)",
};

/** Its shape, and words for it. @param change what is another than the table's */
export function chosenUnet(row, change = {}) {
  const shape = { ...(row.trial ? trialUnet : tableUnet), ...change };
  return { shape, words: wordsOf(shape) };
}

export function wordsOf({ network, size, batch, baseFilters }) {
  return `${titles[network]} ${size}²×3, base ${baseFilters}, batch ${batch}`;
}

/** Steps after which losses are compared before the clock starts. */
const comparedSteps = 3;
const learningRate = 1e-3;

/** A model with its data and optimiser, made on the backend that is set. */
export async function makeUnet({ network, size, batch, baseFilters }) {
  const backend = tf.getBackend();
  const model = networks[network]({ inputShape: [size, size, 3], baseFilters, seed: 1 });
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
    /** By torch's names, in torch's shapes; without the counts of batches, which no result goes by. */
    weights: Object.fromEntries([...(await exportWeights(model))].filter(([, { dtype }]) => dtype !== "I64")),
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
export async function unetInTorch(torch, ours, { network, baseFilters }, part, channelsLast = false) {
  const message = { op: "network", network, part, baseFilters, channelsLast, learningRate, steps: comparedSteps };
  const side = await torch.side(message, { ...ours.arrays, ...ours.weights });
  const { trainableParameters } = side.about;
  if (trainableParameters !== ours.trainableParameters) {
    throw new Error(`trainable parameters: torch has ${trainableParameters}, ours has ${ours.trainableParameters}.`);
  }
  return side;
}
