// A Python process that answers each line of JSON by one line of JSON.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class PythonServer {
  #child;
  #lines;

  /** The child's first line is its greeting. One thread, and the machine's own kernels. */
  static async start(script) {
    const server = new PythonServer();
    const { OPENBLAS_CORETYPE: _, ...rest } = process.env;
    const env = { ...rest, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
    server.#child = spawn("/usr/bin/python3", [script], { env, stdio: ["pipe", "pipe", "inherit"] });
    server.#lines = createInterface({ input: server.#child.stdout })[Symbol.asyncIterator]();
    server.greeting = await server.#next();
    return server;
  }

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    return this.#next();
  }

  async #next() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Python has ended (exit code ${this.#child.exitCode}).`);
    return JSON.parse(value);
  }

  close() {
    this.#child.stdin.end();
  }
}
