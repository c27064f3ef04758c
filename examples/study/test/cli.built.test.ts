import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

describe("the command line", () => {
  const say = (...words: string[]): Promise<{ code: number; text: string }> =>
    new Promise((done) => {
      execFile(process.execPath, [cli, ...words], (error, stdout, stderr) => {
        done({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
      });
    });

  test.each([
    [["frobnicate"], "ddl-study: command must be run, report or list; received frobnicate."],
    [
      ["run", "--preset", "nope"],
      'ddl-study: --preset must be one of lgg-networks, lgg-quick, phantom-quick; received "nope".',
    ],
    [["run", "--bogus"], "Unknown option `--bogus`"],
    [
      ["run", "--data", "nowhere"],
      `ddl-study: ${resolve("nowhere")} must be the folder of the LGG set (kaggle_3m); nothing is there. Give its place with --data.`,
    ],
    [
      ["report", "--preset", "phantom-quick", "--out", join(tmpdir(), "ddl-no-such-study")],
      `ddl-study: no cell of this study is finished in ${join(tmpdir(), "ddl-no-such-study")}.`,
    ],
  ])("names what is wrong with %j", async (words, message) => {
    const { code, text } = await say(...words);
    expect(text).toContain(message);
    expect(text).not.toContain("    at ");
    expect(code).toBe(2);
  });

  test("lists presets, and the cells of a study with their state", async () => {
    expect((await say("list")).text).toMatch(/phantom-quick +Quick comparison on the embedded phantom/);
    const { code, text } = await say("list", "--preset", "phantom-quick", "--out", join(tmpdir(), "ddl-no-such-study"));
    expect(code).toBe(0);
    expect(text.match(/^waiting {3}/gm)).toHaveLength(5);
  });
});
