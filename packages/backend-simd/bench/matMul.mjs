// matMul of squares against torch, with the BLAS that Debian installs beside it.
import { tf } from "./harness/libraries.mjs";
import { randomArray } from "./harness/random.mjs";
import { benchRow } from "./harness/row.mjs";
import { tensorSide } from "./harness/simdBackend.mjs";

await benchRow("matMul", async (row) => {
  const torch = await row.startTorch();
  // Against the reference library in Fortran every number would be splendid.
  if (!torch.about.libraries.some((file) => file.includes("openblas"))) {
    throw new Error(`torch uses no OpenBLAS but ${torch.about.libraries}: apt-get install libopenblas0-pthread.`);
  }
  for (const n of [256, 512, 1024]) {
    const title = `matMul ${n}³`;
    if (!row.wants(title)) continue;
    const arrays = { a: randomArray([n, n], 1), b: randomArray([n, n], 2) };
    const a = tf.tensor(arrays.a.values, [n, n]);
    const b = tf.tensor(arrays.b.values, [n, n]);
    const sides = {
      simd: tensorSide("simd", () => tf.matMul(a, b)),
      torch: await torch.side({ op: "matMul" }, arrays),
    };
    const result = await row.compare(title, { sides, roundMilliseconds: 100, tolerance: 1e-5 });
    const gigaflops = {};
    for (const name of Object.keys(sides)) gigaflops[name] = (2 * n ** 3) / result.milliseconds[name].median / 1e6;
    // The table speaks of 1024³ only; the smaller ones are for the page.
    const values = n === 1024 ? { matMul: result.ratios.torch.ofMedians } : {};
    row.add(result, values, { shapes: { a: [n, n], b: [n, n] }, gigaflops });
    tf.dispose([a, b]);
    await torch.forget();
  }
});
