import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openLgg } from "@ddl/datasets/lgg";
import { describe, test } from "vitest";
import type { Change } from "./lggFixture.js";
import { drop, expectDataError, header, long, longRow, put, short, shortRow, writeLgg } from "./lggFixture.js";

const columnsText = header.replaceAll(",", ", ");
const table = (...lines: string[]): Change => put("data.csv", lines.join("\n"));
const layout: [name: string, change: Change, message: string][] = [
  ["a missing table", drop("data.csv"), "openLgg: data.csv cannot be found."],
  [
    "a missing column",
    table(header.replace(",gender", ""), longRow),
    `openLgg: data.csv must have the columns ${columnsText}; received ${columnsText.replace(", gender", "")}.`,
  ],
  ["an empty table", table(""), `openLgg: data.csv must have the columns ${columnsText}; received nothing.`],
  [
    "a row too short",
    table(header, longRow, "TCGA_HT_A616,1,2"),
    "openLgg: data.csv must have 18 cells in each row; row 3 has 3.",
  ],
  [
    "a wrong number",
    table(header, shortRow, longRow.replace("44", "4four")),
    'openLgg: data.csv must have numbers, NA or empty cells; row 3, column age_at_initial_pathologic has "4four".',
  ],
  [
    "a number in another notation",
    table(header, longRow.replace("44", "0x2c")),
    'openLgg: data.csv must have numbers, NA or empty cells; row 2, column age_at_initial_pathologic has "0x2c".',
  ],
  [
    "a strange patient",
    table(header, longRow.replace("TCGA_CS", "../CS")),
    'openLgg: data.csv must have a patient like TCGA_CS_4942 in each row; row 2 has "../CS_4942".',
  ],
  [
    "a patient twice",
    table(header, longRow, shortRow, longRow),
    "openLgg: data.csv must have one row a patient; row 4 repeats TCGA_CS_4942.",
  ],
  [
    "an open quotation mark",
    table(header, `"${longRow}`),
    "openLgg: data.csv must be CSV: Quote Not Closed: the parsing is finished with an opening quote at line 2.",
  ],
  [
    "a stray file in the root",
    put("notes.txt", ""),
    "openLgg: notes.txt must not be there: a set holds data.csv and folders like TCGA_CS_4942_19970222.",
  ],
  [
    "a stray file in a folder",
    put(join(short, `${short}_02.tif`), ""),
    `openLgg: ${short}/${short}_02.tif must not be there: a folder holds ${short}_<number>.tif and ${short}_<number>_mask.tif.`,
  ],
  [
    "a slice of another patient",
    put(join(short, `${long}_1.tif`), ""),
    `openLgg: ${short}/${long}_1.tif must not be there: a folder holds ${short}_<number>.tif and ${short}_<number>_mask.tif.`,
  ],
  [
    "an empty folder",
    (root) => mkdir(join(root, "TCGA_DU_5852_19950709")),
    "openLgg: TCGA_DU_5852_19950709 must hold slices; it is empty.",
  ],
  [
    "a file named like a patient's folder",
    put("TCGA_DU_5852_19950709", ""),
    "openLgg: TCGA_DU_5852_19950709 must be a folder.",
  ],
  [
    "no folder at all",
    (root) => Promise.all([long, short].map((name) => rm(join(root, name), { recursive: true }))),
    "openLgg: the root must hold folders like TCGA_CS_4942_19970222; received none.",
  ],
];

describe.each(layout)("%s", (_name, change, message) => {
  test.each(["error", "skip"] as const)("is an error with %s too", async (onBadSlice) => {
    const root = await writeLgg();
    await change(root);
    await expectDataError(openLgg(root, { onBadSlice }), message);
  });
});
