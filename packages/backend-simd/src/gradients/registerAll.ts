// tfjs-core's own gradients. Its Node bundle does not register them, tfjs-layers does: without that nothing can be trained.
import "@tensorflow/tfjs-core/dist/register_all_gradients";
