#!/usr/bin/env node
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isDdlError, StateError } from "@ddl/core";
import { cac } from "cac";
import pc from "picocolors";
import { loadConfig, presetNames } from "./config/load.js";
import { runsFolder } from "./folders.js";
import { createProgress } from "./progress.js";
import { writeReport } from "./report/index.js";
import { runStudy } from "./run.js";
import { readJsonIfThere } from "./store.js";
import type { Study } from "./study.js";
import { openStudy, readResult } from "./study.js";

/** Exit code of a shell for a program ended by SIGINT. */
const interrupted = 130;

interface CommandOptions {
  preset?: string;
  config?: string;
  data?: string;
  out?: string;
}

async function open(options: CommandOptions): Promise<Study> {
  const text = (name: keyof CommandOptions): string | undefined =>
    options[name] === undefined ? undefined : String(options[name]);
  const config = await loadConfig({ preset: text("preset"), config: text("config"), data: text("data") });
  return openStudy(config, resolve(text("out") ?? join(runsFolder, config.name)));
}

async function run(options: CommandOptions): Promise<void> {
  const started = Date.now();
  const study = await open(options);
  const { config, dataset, cells, folder } = study;
  const progress = createProgress(process.stderr);
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(interrupted);
    progress.note("Stopping after this step; press Ctrl-C again to stop at once.");
    controller.abort(new Error("stopped by Ctrl-C"));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  progress.note(
    `${config.title || config.name}: ${dataset.patients.length} patients of ${dataset.name}, ${cells.length} cells, in ${folder}`,
  );
  try {
    await runStudy(study, progress, controller.signal);
  } catch (error) {
    progress.close();
    if (!controller.signal.aborted) throw error;
    console.error("Stopped. Nothing is lost: the same command goes on where it stood.");
    process.exitCode = interrupted;
    return;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  progress.close();
  await report(study);
  console.log(`Finished in ${Math.round((Date.now() - started) / 1000)} s.`);
}

async function report(study: Study): Promise<void> {
  const { html, csv, json, finished } = await writeReport(study);
  if (finished < study.cells.length)
    console.log(`${finished} of ${study.cells.length} cells are finished; the report shows these.`);
  console.log(`Report:  ${pc.bold(pathToFileURL(html).href)}`);
  console.log(`Figures: ${csv}`);
  console.log(`         ${json}`);
}

async function list(options: CommandOptions): Promise<void> {
  if (options.preset !== undefined || options.config !== undefined || options.data !== undefined) {
    const study = await open(options);
    for (const cell of study.cells) {
      const result = await readResult(study, cell);
      console.log(
        `${result === undefined ? "waiting " : "finished"}  ${cell.label}, fold ${cell.fold + 1}  ${cell.folder}`,
      );
    }
    return;
  }
  console.log("Presets (ddl-study run --preset NAME):");
  for (const name of await presetNames())
    console.log(`  ${name.padEnd(20)} ${(await loadConfig({ preset: name })).title}`);
  const root = resolve(options.out ?? runsFolder);
  const folders = await readdir(root).catch(() => []);
  console.log(`Studies in ${root}:`);
  for (const name of folders.sort()) {
    const config = await readJsonIfThere<{ title: string }>(join(root, name, "study.json"));
    if (config === undefined) continue;
    const cells = await readdir(join(root, name, "cells")).catch(() => []);
    const done = await Promise.all(
      cells.map((cell) => readJsonIfThere(join(root, name, "cells", cell, "result.json"))),
    );
    console.log(`  ${name.padEnd(20)} ${done.filter((result) => result !== undefined).length} finished cells`);
  }
}

const cli = cac("ddl-study");
const command = (name: string, description: string, action: (options: CommandOptions) => Promise<void>): void => {
  cli
    .command(name, description)
    .option("--preset <name>", "A study that comes with the package (default: phantom-quick, or lgg-quick with --data)")
    .option("--config <file>", "The file of a study of your own")
    .option("--data <folder>", "Root of the LGG set, for studies of it")
    .option("--out <folder>", "Folder of the study (default: examples/study/runs/<name>)")
    .action(action);
};
command("run", "Compute what is missing of a study, then write its report", run);
command("report", "Write the report of the cells that are finished", async (options) => {
  const study = await open(options);
  const results = await Promise.all(study.cells.map((cell) => readResult(study, cell)));
  if (results.every((result) => result === undefined)) {
    const advice = "ddl-study run computes them; a change of code, data or configuration makes new cells.";
    throw new StateError(`ddl-study: no cell of this study is finished in ${study.folder}. ${advice}`);
  }
  await report(study);
});
command("list", "List presets and studies; with --preset or --config the cells of one", list);
cli.help();

try {
  cli.parse(process.argv, { run: false });
  if (cli.matchedCommand === undefined && !cli.options["help"]) {
    cli.outputHelp();
    const [unknown] = cli.args;
    if (unknown !== undefined)
      console.error(pc.red(`ddl-study: command must be run, report or list; received ${unknown}.`));
    process.exitCode = 2;
  } else {
    await cli.runMatchedCommand();
  }
} catch (error) {
  // Mistakes of use and of data are sentences for people; anything else is a fault of ours and keeps its stack.
  const known = isDdlError(error) || (error as Error).name === "CACError";
  console.error(known ? pc.red((error as Error).message) : error);
  process.exitCode = known ? 2 : 1;
}
