import { zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/** A mask drawn in characters, one string a row: `#` is inside, anything else outside. */
export function mask(...rows: string[]): NdArray<Uint8Array> {
  return volumeMask(rows).pick(0, null, null) as NdArray<Uint8Array>;
}

/** A volume of masks drawn in characters, one array of rows a plane. */
export function volumeMask(...planes: string[][]): NdArray<Uint8Array> {
  const rows = planes[0]?.length ?? 0;
  const columns = planes[0]?.[0]?.length ?? 0;
  const result = zeros(Uint8Array, [planes.length, rows, columns]);
  for (const [p, plane] of planes.entries()) {
    if (plane.length !== rows) throw new Error(`volumeMask: plane ${p} has ${plane.length} rows, plane 0 has ${rows}`);
    for (const [r, text] of plane.entries()) {
      if (text.length !== columns) throw new Error(`volumeMask: row ${r} of plane ${p} has not ${columns} columns`);
      for (let c = 0; c < columns; c++) if (text[c] === "#") result.set(p, r, c, 1);
    }
  }
  return result;
}

/** The drawing of a two-dimensional mask, one string a row: what a failing test should print. */
export function maskText(array: NdArray<Uint8Array>): string[] {
  const [rows, columns] = array.shape as [number, number];
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => (array.get(r, c) === 0 ? "." : "#")).join(""),
  );
}
