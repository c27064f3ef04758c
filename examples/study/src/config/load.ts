import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { ArgumentError, DataError, describe } from "@ddl/core";
import * as v from "valibot";
import { presetFolder } from "../folders.js";
import type { StudyConfig } from "./schema.js";
import { studySchema } from "./schema.js";

/** Names of the presets. */
export async function presetNames(): Promise<string[]> {
  const files = await readdir(presetFolder);
  return files
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort();
}

/** Where a study comes from, and what the command line changes in it. */
export interface LoadOptions {
  /** Name of a preset. */
  preset?: string | undefined;
  /** Path of a study's file; relative paths inside it start at its folder. */
  config?: string | undefined;
  /** Root of the LGG set, in place of the file's. */
  data?: string | undefined;
}

/**
 * Reads and checks a study.
 * @throws ArgumentError for options that exclude each other or an unknown preset; DataError for a file that is no study
 */
export async function loadConfig({ preset, config, data }: LoadOptions): Promise<StudyConfig> {
  if (preset !== undefined && config !== undefined) {
    throw new ArgumentError({
      functionName: "ddl-study",
      argument: "--preset",
      expected: "be left out beside --config",
      received: preset,
    });
  }
  let file: string;
  if (config === undefined) {
    const name = preset ?? (data === undefined ? "phantom-quick" : "lgg-quick");
    const known = await presetNames();
    if (!known.includes(name)) {
      throw new ArgumentError({
        functionName: "ddl-study",
        argument: "--preset",
        expected: `be one of ${known.join(", ")}`,
        received: name,
      });
    }
    file = resolve(presetFolder, `${name}.json`);
  } else {
    file = resolve(config);
  }
  const study = parseConfig(await readText(file), basename(file));
  if (study.dataset.kind === "lgg") {
    study.dataset.root = data === undefined ? resolve(dirname(file), study.dataset.root) : resolve(data);
  } else if (data !== undefined) {
    throw new ArgumentError({
      functionName: "ddl-study",
      argument: "--data",
      expected: `be left out: ${basename(file)} is a study of the embedded phantom`,
      received: data,
      advice: "Give --preset lgg-quick to run on the LGG set.",
    });
  }
  return study;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new DataError("ddl-study", file, "cannot be read.", { cause });
  }
}

/**
 * Parses and checks the text of a study.
 * @param file name for the messages
 * @throws DataError that lists every key at fault: its path, what was expected, what was found
 */
export function parseConfig(text: string, file: string): StudyConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DataError("ddl-study", file, `must be JSON: ${(cause as Error).message}.`, { cause });
  }
  const result = v.safeParse(studySchema, json);
  if (!result.success) {
    const lines = result.issues.map((issue) => issueText(issue as v.BaseIssue<unknown>));
    throw new DataError(
      "ddl-study",
      file,
      lines.length === 1 ? lines[0]! : `has ${lines.length} faults:\n  ${lines.join("\n  ")}`,
    );
  }
  const study = result.output;
  checkUnique(file, "seeds", study.seeds);
  checkUnique(file, "losses", study.losses);
  checkUnique(
    file,
    "methods",
    study.methods.map((method) => JSON.stringify(method)),
  );
  if (study.split.kind === "holdout" && study.split.validation + study.split.test >= 1) {
    throw new DataError(
      "ddl-study",
      file,
      `split.validation + split.test must be less than 1; received ${study.split.validation + study.split.test}.`,
    );
  }
  return study;
}

function issueText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "the study";
  const received = describe(issue.input);
  // Our own messages begin with "must"; the library's are built from its parts, so that all read alike.
  const expected = issue.message.startsWith("must") ? issue.message : `must be ${issue.expected ?? "something else"}`;
  const wordless = issue.expected === "never" || expected === "must be given";
  return wordless ? `${path} ${expected}.` : `${path} ${expected}; received ${received}.`;
}

function checkUnique(file: string, key: string, items: readonly (string | number)[]): void {
  const double = items.find((item, k) => items.indexOf(item) !== k);
  if (double !== undefined)
    throw new DataError("ddl-study", file, `${key} must not repeat an entry; received ${describe(double)} twice.`);
}
