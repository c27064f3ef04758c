import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { DataError } from "@ddl/core";

/** A file of this size is no slice: it is refused before it is read. */
const largestFile = 64 * 2 ** 20;

/** The folder of a set, which no path may leave. */
export class Root {
  readonly #real: string;

  private constructor(real: string) {
    this.#real = real;
  }

  /** @throws DataError if `path` is no folder */
  static async open(path: string): Promise<Root> {
    const real = await realpath(path).catch(() => undefined);
    const info = real === undefined ? undefined : await stat(real);
    if (real === undefined || !info!.isDirectory())
      throw new DataError("openLgg", path, "must be a folder that can be read.");
    return new Root(real);
  }

  /** The real path of a file or folder inside. @throws DataError if it cannot be found or a link leads out of the root */
  async resolve(relative: string): Promise<string> {
    let real: string;
    try {
      real = await realpath(join(this.#real, relative));
    } catch (cause) {
      throw new DataError("openLgg", relative, "cannot be found.", { cause });
    }
    if (real !== this.#real && !real.startsWith(this.#real + sep)) {
      throw new DataError(
        "openLgg",
        relative,
        "must lie inside the root of the set; it is a link that leads out of it.",
      );
    }
    return real;
  }

  /** The bytes of a file. @throws DataError as `resolve`, or if the file is too large to be a slice or cannot be read */
  async read(relative: string): Promise<Buffer> {
    const path = await this.resolve(relative);
    const { size } = await stat(path);
    if (size > largestFile) {
      throw new DataError("openLgg", relative, `must have at most ${largestFile} bytes; received ${size}.`);
    }
    try {
      return await readFile(path);
    } catch (cause) {
      throw new DataError("openLgg", relative, "cannot be read.", { cause });
    }
  }

  /** SHA-256 of a file; of its size alone, if it cannot be read as a slice: that is told when it is read. @throws DataError as `resolve` */
  async digest(relative: string): Promise<string> {
    const path = await this.resolve(relative);
    const { size } = await stat(path);
    const bytes = size > largestFile ? undefined : await readFile(path).catch(() => undefined);
    return createHash("sha256")
      .update(bytes ?? `${size}`)
      .digest("hex");
  }
}
