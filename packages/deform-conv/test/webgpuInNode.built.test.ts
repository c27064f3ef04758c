import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { vulkanEnvironment } from "../../../scripts/chrome.mjs";

const program = fileURLToPath(new URL("programs/webgpuInNode.mjs", import.meta.url));

test("deformConv2d and roiAlign run and train on webgpu in Node", (context) => {
  const env = { ...process.env, ...vulkanEnvironment };
  const printed = execFileSync(process.execPath, [program], {
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const last = printed.trim().split("\n").at(-1)!;
  if (last === "absent") {
    const reason = "webgpu in Node: no adapter, neither a graphics card nor the Vulkan driver of a Chromium";
    console.warn(reason);
    context.skip(reason);
  }
  const { backend, names, errors } = JSON.parse(last) as { backend: string; names: string[]; errors: number[] };
  expect(backend).toBe("webgpu");
  // The value of the convolution, a gradient an input, and two of the pooling.
  expect(errors).toHaveLength(names.length + 3);
  for (const error of errors) expect(error).toBeLessThan(2e-6);
});
