// What two processors of this machine give at most: two processes of one thread each at once, against one alone.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openSimd } from "./harness/simdBackend.mjs";

const program = fileURLToPath(import.meta.url);
const seconds = 3;

if (process.argv[2] === "--steps") {
  const { makeUnet } = await import("./harness/unetSteps.mjs");
  await openSimd("relaxed", 1);
  const { training } = await makeUnet({ network: "unet", size: 128, batch: 4, baseFilters: 16 });
  for (let k = 0; k < 3; k++) training.run();
  process.send("ready");
  process.once("message", () => {
    const began = performance.now();
    let steps = 0;
    while (performance.now() - began < 1000 * seconds) {
      training.run();
      steps++;
    }
    process.send((1000 * steps) / (performance.now() - began));
    process.disconnect();
  });
} else {
  const { benchRow } = await import("./harness/row.mjs");
  const { median } = await import("./harness/statistics.mjs");
  await benchRow("ceiling", async (row) => {
    const [alone, together] = [[], []];
    for (let round = 0; round < (row.trial ? 1 : 7); round++) {
      alone.push(await stepsPerSecond(1));
      together.push(await stepsPerSecond(2));
    }
    const rates = { alone: median(alone), together: median(together) };
    const ratio = rates.together / rates.alone;
    const title = `training steps a second of U-Nets of one thread: one process ${rates.alone.toFixed(2)}, two at once ${rates.together.toFixed(2)} together: ${ratio.toFixed(2)} times`;
    row.add({ title }, {}, { alone, together, ratio });
  });
}

/** Of so many processes together. */
async function stepsPerSecond(processes) {
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, [program, "--steps"], { stdio: ["ignore", "inherit", "inherit", "ipc"] }),
  );
  const next = (child) => new Promise((resolve) => child.once("message", resolve));
  await Promise.all(children.map(next));
  const rates = children.map(next);
  for (const child of children) child.send("go");
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}
