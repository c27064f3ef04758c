#!/usr/bin/env node
// The commands of the repository: `npm run study`, `npm test`, `npm run check`, `npm run bench`, `npm run docs`.
// Plain Node without a dependency: this runs before anything is installed.
import { join } from "node:path";
import { bootstrap, build, compileKernels } from "./bootstrap.mjs";
import { node, root, run } from "./run.mjs";
import { cheapStages, runStages, stages } from "./stages.mjs";

const usage = `Usage: npm run study [-- options of ddl-study]   compare methods, end in a report
       npm test [-- stage ...]                   all stages, or those named: ${stages.map(({ name }) => name).join(", ")}
       npm run check                             the stages that need no build: ${cheapStages.join(", ")}
       npm run bench [-- --all | row ...]        measure the simd backend against torch and tfjs; --rows lists
       npm run docs                              API reference into docs/api`;

const commands = {
  async study(words) {
    await build();
    const known = ["run", "report", "list"];
    const named = known.includes(words[0]) || words.includes("--help") || words.includes("-h");
    // A path on the command line starts where the user is, not where npm puts its scripts.
    const cwd = process.env.INIT_CWD ?? process.cwd();
    return run(node, [join(root, "examples/study/dist/cli.js"), ...(named ? words : ["run", ...words])], { cwd });
  },
  async test(words) {
    await compileKernels();
    return runStages(words.length === 0 ? stages.map(({ name }) => name) : words);
  },
  async check() {
    await compileKernels();
    return runStages(cheapStages);
  },
  async bench(words) {
    await build();
    return run(node, ["packages/backend-simd/bench/run.mjs", ...(words.length === 0 ? ["--rows"] : words)]);
  },
  async docs() {
    await compileKernels();
    const code = await run("typedoc", []);
    if (code === 0) console.log("API reference: docs/api/index.html");
    return code;
  },
};

const [major, minor] = process.versions.node.split(".").map(Number);
const [name = "", ...words] = process.argv.slice(2);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ≥ 20.19 is needed; this is ${process.versions.node}. See https://nodejs.org.`);
  process.exitCode = 1;
} else if (!Object.hasOwn(commands, name)) {
  console.error(usage);
  process.exitCode = 2;
} else {
  try {
    await bootstrap();
    process.exitCode = await commands[name](words);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
