import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import type { TestProjectConfiguration } from "vitest/config";

const places = [
  process.env["CHROME_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The system's Chrome or Chromium, if there is one. */
export const chromePath: string | undefined = places.find((path) => path !== undefined && existsSync(path));

/** Tests in Chromium: `*.conformance.test.ts` and `*.browser.test.ts`, on the sources. */
export function browserProject(conditions: string[]): TestProjectConfiguration {
  const args = [
    "--no-sandbox", // root in a container has no user namespace to make one from
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
  ];
  return {
    resolve: { conditions: conditions.map((name) => (name === "node" ? "browser" : name)) },
    define: { "import.meta.env.VITE_DDL_EXPECT_BACKENDS": JSON.stringify(process.env["DDL_EXPECT_BACKENDS"] ?? "cpu") },
    test: {
      name: "browser",
      include: ["packages/*/test/**/*.conformance.test.ts", "packages/*/test/**/*.browser.test.ts"],
      exclude: ["**/node_modules/**", "**/dist/**"],
      setupFiles: ["packages/testing/src/matchers.ts"],
      testTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: { ...(chromePath === undefined ? {} : { executablePath: chromePath }), args },
        }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}
