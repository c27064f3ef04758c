import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Projects } from "./projects.js";

const execute = promisify(execFile);
let projects: Projects;
beforeAll(async () => {
  projects = await Projects.open();
});
afterAll(async () => {
  await projects.close();
});

describe("train-in-node, in an empty project", () => {
  let project = "";
  beforeAll(async () => {
    project = await projects.recipe("train-in-node");
  });

  test("trains a classifier", async () => {
    const { stdout } = await execute(process.execPath, ["classifier.mjs"], { cwd: project });
    expect(Number(/test accuracy ([\d.]+)/.exec(stdout)?.[1]), stdout).toBeGreaterThan(0.6);
  });

  test("trains a U-Net", async () => {
    const { stdout } = await execute(process.execPath, ["unet.mjs"], { cwd: project });
    expect(Number(/test Dice ([\d.]+)/.exec(stdout)?.[1]), stdout).toBeGreaterThan(0.4);
  });
});

describe("loss-landscape, in an empty project", () => {
  test("draws each loss, least near the target, on a page that needs nothing else", async () => {
    const project = await projects.recipe("loss-landscape");
    const { stdout } = await execute(process.execPath, ["landscape.mjs", "page.html"], { cwd: project });
    const shifts = [...stdout.split("\n")[0]!.matchAll(/(\w+) (-?[\d.]+)(?:,|$)/g)];
    expect(shifts.length, stdout).toBeGreaterThan(5);
    for (const [, name, shift] of shifts) expect(Math.abs(Number(shift)), name).toBeLessThanOrEqual(1);
    const page = await readFile(join(project, "page.html"), "utf8");
    for (const [, name] of shifts) expect(page.split(`</i>${name}<small>`)).toHaveLength(4);
    expect(page).not.toMatch(/NaN|undefined|src=|href=/);
  });
});

describe("evaluate-a-folder, in an empty project", () => {
  let project = "";
  const run = async (...words: string[]) => {
    const started = execute(process.execPath, ["evaluate.mjs", ...words], { cwd: project });
    const { stdout, stderr } = await started.catch((error: { stdout: string; stderr: string }) => error);
    return { stdout, stderr, status: started.child.exitCode };
  };
  const scores = (): Promise<string> => readFile(join(project, "scores.csv"), "utf8").catch(() => "none");

  beforeAll(async () => {
    project = await projects.recipe("evaluate-a-folder");
    // Three rows of five pixels, in a PNG of one bit, a PNG of grey and alpha, and for `c` one of RGB: every way a sample can lie.
    const maker = `
      import { mkdirSync, writeFileSync } from "node:fs";
      import { encode } from "fast-png";
      const put = (file, width, channels, depth, data) =>
        writeFileSync(file, encode({ width, height: 3, channels, depth, data: Uint8Array.from(data) }));
      for (const folder of ["truth", "found", "wrong"]) mkdirSync(folder);
      put("truth/a.png", 5, 1, 1, [0b01110000, 0b01110000, 0b00000000]);
      put("found/a.png", 5, 2, 8, [0,9,0,9,5,9,5,9,0,9, 0,9,0,9,5,9,0,9,0,9, 0,9,0,9,0,9,0,9,255,9]);
      put("truth/b.png", 5, 1, 8, new Array(15).fill(0));
      put("found/b.png", 5, 1, 8, new Array(15).fill(0));
      put("truth/c.png", 5, 3, 8, Array.from({ length: 45 }, (_, i) => i === 22 ? 1 : 0));
      put("found/c.png", 5, 1, 8, [0,0,0,0,0, 0,0,7,0,0, 0,0,0,0,0]);
      put("truth/only.png", 5, 1, 8, new Array(15).fill(0));
      put("wrong/a.png", 4, 1, 8, new Array(12).fill(1));
      writeFileSync("found/notes.txt", "");`;
    await writeFile(join(project, "maker.mjs"), maker);
    await execute(process.execPath, ["maker.mjs"], { cwd: project });
  });

  test("refuses masks of different sizes, and writes nothing", async () => {
    const { stderr, status } = await run("truth", "wrong");
    const reason = "evaluate: prediction must have the shape of reference, [3, 5]; received [3, 4].";
    expect([stderr, status]).toEqual([`evaluate-a-folder: evaluate: case a failed: ${reason}\n`, 1]);
    expect(await scores()).toBe("none");
  });

  test.each([
    [["truth"], "two folders are needed: "],
    [["truth", "found", "--spacing", "1,x"], "--spacing must be numbers > 0, one an axis; received 1,x"],
    [["truth", "found", "--tolerance", "near"], "--tolerance must be a number >= 0; received near"],
    [
      ["truth", "found", "--spacing", "1,1,1"],
      "evaluate: case a failed: evaluate: spacing must have 2 entries, one an axis",
    ],
    [["truth", "node_modules"], "node_modules must hold PNG or TIFF images; it has none."],
  ])("refuses %j", async (words, reason) => {
    const { stderr, status } = await run(...words);
    expect([stderr, status]).toEqual([expect.stringContaining(reason), 1]);
    expect(await scores()).toBe("none");
  });

  test("writes every score, names what has no partner, and prints a table", async () => {
    const { stdout, stderr, status } = await run("truth", "found", "--spacing", "2,3");
    // 6 and 4 pixels, 3 shared. The farthest of both borders is the pixel in the last row: 2 below and 3 to the right of the reference.
    const line = `a,foreground,0.6,${3 / 7},${Math.sqrt(2 ** 2 + 3 ** 2)},`;
    const [head, a, b, c, end] = (await scores()).split("\r\n");
    expect(head).toBe("case,class,dice,iou,hd,hd95,assd,nsd");
    expect(a!.slice(0, line.length)).toBe(line);
    expect([b, c, end]).toEqual(["b,foreground,NaN,NaN,NaN,NaN,NaN,NaN", "c,foreground,1,1,0,0,0,1", ""]);
    expect(stdout).toMatch(/^3 cases\n.*undefined\ndice +0\.800 .* 1\niou /);
    expect([stderr, status]).toEqual(["no prediction for only\n", 2]);
  });

  test.skipIf(process.platform === "win32")("leaves an old file as it was when it is interrupted", async () => {
    const before = await scores();
    // A pipe that nobody writes to: the program waits for its second image.
    await mkdir(join(project, "slow"));
    await cp(join(project, "truth/a.png"), join(project, "slow/a.png"));
    await execute("mkfifo", [join(project, "slow/c.png")]);
    const started = execute(process.execPath, ["evaluate.mjs", "truth", "slow"], { cwd: project });
    const ended = started.catch((error: { stderr: string }) => error);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    started.child.kill("SIGINT");
    await writeFile(join(project, "slow/c.png"), "");
    expect((await ended).stderr).toBe("evaluate-a-folder: stopped; nothing was written\n");
    expect(started.child.exitCode).toBe(1);
    expect(await scores()).toBe(before);
  });
});

describe("the programs of classical, in an empty project", () => {
  let project = "";
  beforeAll(async () => {
    project = await projects.recipe("classical");
  });

  test.each([
    ["chan-vese", /^\d+ iterations(, converged)?$/],
    ["morphological-snakes", /^regions: [\d.]+ % inside after \d+ iterations, stable$/],
    ["click-to-segment", /^steepest-level: Dice 0\.[89]\d+, [\d.]+ ms$/],
    ["drlse", /^Dice before 0\.7\d+, after 0\.[89]\d+$/],
    ["volume-3d", /^Dice 0\.[89]\d+, HD95 [\d.]+ voxels$/],
  ])("%s draws its picture", async (name, line) => {
    const { stdout } = await execute(process.execPath, [`${name}.mjs`, `${name}.png`], { cwd: project });
    expect(
      stdout.split("\n").some((each) => line.test(each)),
      stdout,
    ).toBe(true);
    const png = await readFile(join(project, `${name}.png`));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    // Outlines were drawn: there are pixels of their colours.
    const { data } = decode(png);
    expect(data.some((red, i) => i % 3 === 0 && red === 255 && data[i + 1] === 210 && data[i + 2] === 63)).toBe(true);
  });
});

describe("the programs of deformable, in an empty project", () => {
  let project = "";
  beforeAll(async () => {
    project = await projects.recipe("deformable");
  });
  const run = async (...words: string[]): Promise<string> =>
    (await execute(process.execPath, words, { cwd: project })).stdout;
  /** Pixels of a picture in that colour. */
  const count = async (file: string, color: readonly number[]): Promise<number> => {
    const data = Uint8Array.from(decode(await readFile(join(project, file))).data);
    let pixels = 0;
    for (let i = 0; i < data.length; i += 3) if (color.every((part, c) => data[i + c] === part)) pixels++;
    return pixels;
  };

  test("train-deformable: a dozen weights that learn where to look beat a network that cannot", async () => {
    const stdout = await run("train-deformable.mjs");
    const [deformable, plain] = ["a deformable layer of 12", "a plain network of 1201"].map((name) => {
      const numbers = new RegExp(`${name} weights: loss ([\\d., ]+); on other pictures ([\\d.]+)`).exec(stdout);
      expect(numbers, stdout).not.toBeNull();
      return { losses: numbers![1]!.split(", ").map(Number), unseen: Number(numbers![2]) };
    }) as [{ losses: number[]; unseen: number }, { losses: number[]; unseen: number }];
    expect(deformable.losses.at(-1)).toBeLessThan(deformable.losses[0]! / 10);
    expect(plain.losses.at(-1)).toBeLessThan(plain.losses[0]!);
    expect(deformable.unseen).toBeLessThan(plain.unseen / 5);
  });

  test("deform-conv-samples draws where a layer looks, before and after", async () => {
    const stdout = await run("deform-conv-samples.mjs", "samples.png");
    const [, first, last] = /^loss ([\d.]+), after 60 steps ([\d.]+)$/m.exec(stdout) ?? [];
    expect(Number(last), stdout).toBeLessThan(Number(first) / 2);
    const moves = /^samples moved by ([\d., ]+) pixels$/m.exec(stdout)![1]!.split(", ").map(Number);
    expect(moves).toHaveLength(3);
    expect(Math.max(...moves)).toBeGreaterThan(0.5);
    // Two panels of nine discs each, of which some lie over others.
    for (const color of [
      [255, 210, 63],
      [0, 184, 245],
      [255, 86, 86],
    ]) {
      expect(await count("samples.png", color)).toBeGreaterThan(500);
    }
  });

  test("roi-align draws what lies under its boxes", async () => {
    const stdout = await run("roi-align.mjs", "boxes.png");
    expect(stdout.split("\n")[0]).toBe("2 × 14 × 14 × 2: boxes, rows, columns, features");
    // A tight box around a bright lesion is brighter than a wide one.
    const [tight, wide] = ["tight", "wide"].map((name) =>
      Number(new RegExp(`${name}: FLAIR ([\\d.]+)`).exec(stdout)![1]),
    );
    expect(tight, stdout).toBeGreaterThan(wide! * 1.2);
    for (const color of [
      [255, 210, 63],
      [0, 184, 245],
    ]) {
      // Two frames of 252 × 252 pixels, and the box on the slice.
      expect(await count("boxes.png", color)).toBeGreaterThan(2 * 4 * 249 * 3);
    }
  });
});

describe("load-pytorch-weights, in an empty project", () => {
  test("has torch's logits with torch's weights, and writes them back", async () => {
    const project = await projects.recipe("load-pytorch-weights");
    const { stdout } = await execute(process.execPath, ["load.mjs", "network.safetensors"], { cwd: project });
    const [loaded, difference, exported] = stdout.split("\n");
    expect(loaded).toBe("22 tensors of network.pt loaded");
    expect(Number(/^largest difference to torch's logits (.*)$/.exec(difference!)?.[1]), stdout).toBeLessThan(1e-5);
    expect(exported).toBe("exported unchanged");
    const file = await readFile(join(project, "network.safetensors"));
    const header = JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE())).toString());
    expect(header["layer1.0.conv1.weight"]).toMatchObject({ dtype: "F32", shape: [8, 8, 3, 3] });
    expect(header["bn1.num_batches_tracked"]).toMatchObject({ dtype: "I64", shape: [] });
  });
});

describe("networks, in an empty project", () => {
  const outlined = async (file: string): Promise<boolean> => {
    const { data } = decode(await readFile(file));
    return data.some((red, i) => i % 3 === 0 && red === 0 && data[i + 1] === 184 && data[i + 2] === 245);
  };

  test("unet-on-phantom finds lesions and draws them", async () => {
    const project = await projects.recipe("unet-on-phantom");
    const { stdout } = await execute(process.execPath, ["train.mjs", "lesions.png"], { cwd: project });
    expect(Number(/test Dice ([\d.]+)/.exec(stdout)?.[1]), stdout).toBeGreaterThan(0.4);
    expect(await outlined(join(project, "lesions.png"))).toBe(true);
  });

  test("sliding-window: windows that overlap do better than windows side by side", async () => {
    const project = await projects.recipe("sliding-window");
    const { stdout } = await execute(process.execPath, ["sliding-window.mjs", "windows.png"], { cwd: project });
    const dice = [...stdout.matchAll(/Dice ([\d.]+)/g)].map(([, value]) => Number(value));
    expect(dice, stdout).toHaveLength(4);
    expect(dice[2], stdout).toBeGreaterThan(dice[0]!);
    expect(dice[2], stdout).toBeGreaterThan(0.6);
    expect(await outlined(join(project, "windows.png"))).toBe(true);
  });
});
