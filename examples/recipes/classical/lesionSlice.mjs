// What the programs of this folder look at unless they are given a picture.
import { phantomLgg } from "@ddl/datasets";

/** FLAIR and lesion of a slice of a synthetic patient: ndarrays (128, 128). */
export async function lesionSlice() {
  const set = phantomLgg({ patients: 6, seed: 1, size: 128, slices: 24 });
  const { image, mask } = await set.volume(set.patients[1].id);
  return { image: image.pick(15, null, null, 1), lesion: mask.pick(15, null, null) };
}
