import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { chromePath } from "../../../scripts/chrome.mjs";

const program = fileURLToPath(new URL("programs/webgpuInNode.mjs", import.meta.url));

/** The Vulkan driver in software that ships with Chromium, which the package `webgpu` takes where there is no graphics card. */
function softwareDriver(): Record<string, string> {
  const folders = [chromePath && dirname(realpathSync(chromePath)), "/usr/lib/chromium", "/opt/google/chrome"];
  const folder = folders.find((place) => place && existsSync(join(place, "vk_swiftshader_icd.json")));
  if (folder === undefined) return {};
  // The loader of drivers lies beside it, and is found by its bare name.
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: folder };
}

test("deformConv2d and roiAlign run and train on webgpu in Node", (context) => {
  const env = { ...process.env, ...softwareDriver() };
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
