import "@tensorflow/tfjs-backend-cpu";
import { testTimeAugmentation, unet } from "@ddl/unet";
import { segment } from "@ddl/unet/inference";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";

await tf.setBackend("cpu");
const model = unet({ inputShape: [16, 8, 3], classes: 2, depth: 2, baseFilters: 4, attention: "gate", seed: 7 });
const logits = model.predict(tf.ones([1, 16, 8, 3])) as tf.Tensor;
const image = ndarray(new Float32Array(19 * 11 * 3).fill(1), [19, 11, 3]);
const labels = await segment(testTimeAugmentation(model), image, { patch: [16, 8] });
console.log(logits.shape.join("x"), (await logits.data()).every(Number.isFinite), labels.shape.join("x"));
