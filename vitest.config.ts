import { defineConfig } from "vitest/config";
import { browserProject } from "./vitest.browser.js";

const conditions = ["@ddl/source", "module", "node", "import", "default"];
const everywhere = ["**/node_modules/**", "**/dist/**"];

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
          setupFiles: ["packages/testing/src/matchers.ts"],
          testTimeout: 30_000,
        },
      },
      {
        // What needs built packages: worker threads, command lines that are killed and resumed.
        test: {
          name: "built",
          include: ["packages/*/test/**/*.built.test.ts", "examples/*/test/**/*.built.test.ts"],
          exclude: everywhere,
          setupFiles: ["packages/testing/src/matchers.ts"],
          testTimeout: 240_000,
          fileParallelism: false,
        },
      },
      browserProject(conditions),
    ],
  },
});
