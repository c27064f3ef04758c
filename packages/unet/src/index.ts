export * from "./deformable/index.js";
export * from "./inference/index.js";
export * from "./transResUnet/index.js";
export * from "./unet/index.js";
