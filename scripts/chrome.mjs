// Where a Chrome or Chromium is installed: `CHROME_PATH`, or the usual places.
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

const places = [
  process.env["CHROME_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** The system's Chrome or Chromium, if there is one. */
export const chromePath = places.find((path) => path !== undefined && existsSync(path));

/** What Chromium needs as root in a container, without a graphics card, and without a network of its own. */
export const chromeArguments = [
  "--no-sandbox", // root in a container has no user namespace to make one from
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--enable-unsafe-webgpu", // without a graphics card there is no WebGPU else
  "--use-webgpu-adapter=swiftshader",
];

const driverFolder = [chromePath && dirname(realpathSync(chromePath)), "/usr/lib/chromium", "/opt/google/chrome"].find(
  (place) => place && existsSync(join(place, "vk_swiftshader_icd.json")),
);

/**
 * Environment in which the npm package `webgpu` finds the Vulkan driver in software that ships with Chromium on Linux: nothing, if there is
 * none. The loader of drivers lies beside the driver, and is found by its bare name.
 */
export const vulkanEnvironment =
  driverFolder === undefined
    ? {}
    : { VK_ICD_FILENAMES: join(driverFolder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: driverFolder };
