export type { MultiHeadSelfAttentionArgs } from "./multiHeadSelfAttention.js";
export { MultiHeadSelfAttention } from "./multiHeadSelfAttention.js";
export type { TransResUnetOptions } from "./transResUnet.js";
export { transResUnet } from "./transResUnet.js";
