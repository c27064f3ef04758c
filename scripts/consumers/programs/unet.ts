import "@tensorflow/tfjs-backend-cpu";
import { unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";

await tf.setBackend("cpu");
const model = unet({ inputShape: [16, 8, 3], classes: 2, depth: 2, baseFilters: 4, seed: 7 });
const logits = model.predict(tf.ones([1, 16, 8, 3])) as tf.Tensor;
console.log(logits.shape.join("x"), (await logits.data()).every(Number.isFinite));
