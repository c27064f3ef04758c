import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromeArguments, chromePath } from "./scripts/chrome.mjs";

const conditions = ["@ddl/source", "module", "node", "import", "default"];
const everywhere = ["**/node_modules/**", "**/dist/**"];
const setupFiles = ["packages/testing/src/matchers.ts"];

/** Checks of the repository itself; each runs programs and waits for them. */
const checks = (name: string, testTimeout: number) => ({
  test: { name, include: [`scripts/${name}/*.test.ts`], exclude: everywhere, testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    projects: [
      {
        // Unit and conformance tests, on the sources.
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "node",
          include: ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
          exclude: [...everywhere, "**/*.built.test.ts", "**/*.browser.test.ts"],
          setupFiles,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Conformance tests in Chromium, on the sources.
        resolve: { conditions: conditions.map((name) => (name === "node" ? "browser" : name)) },
        define: {
          "import.meta.env.VITE_DDL_EXPECT_BACKENDS": JSON.stringify(process.env["DDL_EXPECT_BACKENDS"] ?? "cpu"),
        },
        test: {
          name: "browser",
          maxWorkers: 2,
          include: ["packages/*/test/**/*.conformance.test.ts", "packages/*/test/**/*.browser.test.ts"],
          exclude: everywhere,
          setupFiles,
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(chromePath === undefined ? {} : { executablePath: chromePath }),
                args: chromeArguments,
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        // What needs built packages: worker threads, command lines that are killed and resumed.
        test: {
          name: "built",
          include: ["packages/*/test/**/*.built.test.ts", "examples/*/test/**/*.built.test.ts"],
          exclude: everywhere,
          setupFiles,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
      checks("workspace", 120_000),
      checks("packaging", 120_000),
      checks("consumers", 240_000),
    ],
  },
});
