// PyTorch in a process of its own, timed inside Python. Inputs and outputs travel as files of floats.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LineServer } from "./lineServer.mjs";

const program = fileURLToPath(new URL("../torchServer.py", import.meta.url));

export class Torch {
  #server;
  #folder = mkdtempSync(join(tmpdir(), "ddl-bench-"));
  #files = new Map();
  #keys = 0;

  /**
   * Debian's Python has Debian's torch; `DDL_BENCH_PYTHON` names another one.
   * @param keepMemory whether C's allocator keeps what is freed: large outputs then lie in the same pages at every call,
   *   and torch is spared the faults of fresh ones, which make it up to ten times slower on a virtual machine
   */
  static async start(threads, keepMemory = false) {
    const torch = new Torch();
    const env = { ...process.env };
    // The comparison is with the library as it is installed: it detects the processor by itself.
    delete env.OPENBLAS_CORETYPE;
    delete env.OPENBLAS_L2_SIZE;
    // torch's own setting does not reach the threads of OpenBLAS.
    env.OPENBLAS_NUM_THREADS = String(threads);
    env.OMP_NUM_THREADS = String(threads);
    if (keepMemory) Object.assign(env, { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: "4000000000" });
    torch.#server = await LineServer.start(
      process.env.DDL_BENCH_PYTHON ?? "/usr/bin/python3",
      [program, `${threads}`],
      env,
    );
    torch.about = torch.#server.greeting;
    return torch;
  }

  /**
   * Makes an operation ready and gives it as a side of a comparison.
   * @param description what torchServer.py's `prepare` reads
   * @param inputs arrays by name, `{ shape, values }`, in tfjs's layouts
   */
  async side(description, inputs) {
    const key = `${this.#keys++}`;
    const files = {};
    for (const [name, array] of Object.entries(inputs)) files[name] = { shape: array.shape, file: this.#fileOf(array) };
    const { about } = await this.#server.ask({ do: "prepare", key, ...description, inputs: files });
    return {
      about,
      time: async (repetitions) => (await this.#server.ask({ do: "time", key, repetitions })).milliseconds,
      output: async () => {
        const file = join(this.#folder, "output");
        await this.#server.ask({ do: "output", key, file });
        const bytes = readFileSync(file);
        return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      },
      peakMemory: async (repetitions) => this.#server.ask({ do: "peakMemory", key, repetitions }),
    };
  }

  #fileOf({ values }) {
    let file = this.#files.get(values);
    if (file === undefined) {
      file = join(this.#folder, `input${this.#files.size}`);
      writeFileSync(file, values);
      this.#files.set(values, file);
    }
    return file;
  }

  /** Forgets operations and inputs of the last comparison: their memory would be the next one's burden. */
  async forget() {
    await this.#server.ask({ do: "forget" });
    for (const file of this.#files.values()) rmSync(file);
    this.#files.clear();
  }

  close() {
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
