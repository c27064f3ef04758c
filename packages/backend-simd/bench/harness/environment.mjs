// What a result depends on beside the code under test.
import { execFileSync } from "node:child_process";
import { cpus, release } from "node:os";
import { versions } from "./libraries.mjs";

/** Results of rows that came before are no change of what is measured. */
const results = "packages/backend-simd/bench/results";

export function environment() {
  // Without optional locks: asking for the status must not write the index under somebody else's hands.
  const git = (...words) =>
    execFileSync("git", ["--no-optional-locks", ...words], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  const { OPENBLAS_CORETYPE = "unset", OPENBLAS_L2_SIZE = "unset" } = process.env;
  return {
    date: new Date().toISOString(),
    commit: git("rev-parse", "HEAD"),
    uncommittedChanges: git("status", "--porcelain", ":(top)", `:(top,exclude)${results}`).length > 0,
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    nodeFlags: process.execArgv.join(" ") || "none",
    versions,
    // Of this shell; torch is started without them in any case.
    openblas: { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE },
  };
}
