// A child process that answers each line of JSON by one line of JSON.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class LineServer {
  #child;
  #lines;

  /** @param greeting first line, which the child writes when it is ready */
  static async start(program, words, env) {
    const server = new LineServer();
    server.#child = spawn(program, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    server.#child.on("error", (error) => console.error(`${program}: ${error.message}`));
    server.#lines = createInterface({ input: server.#child.stdout })[Symbol.asyncIterator]();
    server.greeting = await server.#next();
    return server;
  }

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await this.#next();
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  async #next() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnfile} has ended (exit code ${this.#child.exitCode}).`);
    return JSON.parse(value);
  }

  /** Lets the child end: its input is over. */
  close() {
    this.#child.stdin.end();
  }
}
