import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Published } from "../tarballs.js";
import { ownDependencies, pack, publishedPackages, root } from "../tarballs.js";

const execute = promisify(execFile);

/** Projects outside the repository that have our packages from their tarballs, in a folder of their own. */
export class Projects {
  readonly folder: string;
  readonly #tarballs = new Map<string, Promise<string>>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Projects> {
    return new Projects(await realpath(await mkdtemp(join(tmpdir(), "ddl-consumers-"))));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#tarballs.values());
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Makes a project that has these tarballs, and these packages at their pinned versions. */
  async install(name: string, own: readonly Published[], others: readonly string[]): Promise<string> {
    const project = join(this.folder, name);
    await mkdir(project, { recursive: true });
    const catalog = await readFile(join(root, "pnpm-workspace.yaml"), "utf8");
    const pinned = (wanted: string): string => new RegExp(`^  "?${wanted}"?: (\\S+)$`, "m").exec(catalog)![1]!;
    const files: [string, string][] = [];
    for (const each of own) files.push([each.manifest.name, `file:${await this.#tarball(each.name)}`]);
    const dependencies = Object.fromEntries([...files, ...others.map((other) => [other, pinned(other)])]);
    await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
    const words = [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      "--no-update-notifier",
    ];
    await execute("npm", words, { cwd: project, shell: process.platform === "win32" });
    return project;
  }

  /** A project with the files of a recipe, and installed what its manifest lists. */
  async recipe(name: string): Promise<string> {
    const project = join(this.folder, `recipe-${name}`);
    const recipe = join(root, "examples/recipes", name);
    await cp(recipe, project, { recursive: true, filter: (path) => !path.includes("node_modules") });
    const manifest = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
    const wanted = Object.keys(manifest.dependencies as Record<string, string>);
    const packages = await publishedPackages();
    const own = packages.filter((one) => wanted.includes(one.manifest.name));
    const all = new Set([...own, ...own.flatMap((one) => ownDependencies(one, packages))]);
    const others = wanted.filter((other) => !other.startsWith("@ddl/"));
    return await this.install(`recipe-${name}`, [...all], others);
  }

  #tarball(name: string): Promise<string> {
    const tarball = this.#tarballs.get(name) ?? pack(name, this.folder);
    this.#tarballs.set(name, tarball);
    return tarball;
  }
}
