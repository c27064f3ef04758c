import type { UnetOptions } from "@ddl/unet";
import { deformableUnet, transResUnet, unet } from "@ddl/unet";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NetworkConfig } from "../config/schema.js";

/** The network of a method, which gives logits of one class. */
export function buildNetwork(
  config: NetworkConfig,
  common: { inputShape: [rows: number, columns: number, channels: number]; seed: number },
): LayersModel {
  switch (config.name) {
    case "unet": {
      const { depth, baseFilters, encoder } = config;
      const size: Partial<UnetOptions> = encoder === undefined ? { depth } : { encoder };
      return unet({ ...common, ...size, baseFilters });
    }
    case "trans-res-unet":
      return transResUnet({ ...common, baseFilters: config.baseFilters });
    case "deformable-unet": {
      const { depth, baseFilters, encoder, decoder, pooling, modulated, deformableLevels } = config;
      return deformableUnet({
        ...common,
        ...{ depth, baseFilters, encoder, decoder, pooling, modulated },
        ...(deformableLevels === undefined ? {} : { deformableLevels }),
      });
    }
  }
}
