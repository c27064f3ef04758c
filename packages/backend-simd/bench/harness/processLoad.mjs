// Who else uses the processors: a measurement beside other work is worth nothing.
import { readdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";

/** Share of one processor from which a process disturbs. */
const mostShare = 0.1;
/** The same for all together, which is counted by samples and includes the kernel's own work. */
const mostShareOfAll = 0.25;
/** The kernel counts in hundredths of a second on every Linux. */
const millisecondsPerTick = 10;

/** Processor time of every process up to now. */
export function processTimes() {
  const processes = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    let stat;
    try {
      stat = readFileSync(`/proc/${name}/stat`, "utf8");
    } catch {
      continue; // It has ended meanwhile.
    }
    // A command's name may hold spaces and parentheses: count fields behind the last one.
    const close = stat.lastIndexOf(")");
    const fields = stat.slice(close + 2).split(" ");
    const milliseconds = (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick;
    processes.set(Number(name), {
      name: stat.slice(stat.indexOf("(") + 1, close),
      parent: Number(fields[1]),
      milliseconds,
    });
  }
  return { at: performance.now(), processes, busy: busyMilliseconds() };
}

/** Processor time of everything since the start of the system, without idling and waiting. */
function busyMilliseconds() {
  const [line] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, , , interrupts, softInterrupts] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + interrupts + softInterrupts) * millisecondsPerTick;
}

/** Processes, other than this one and what it started, that used more than a tenth of a processor since `before`. */
export function disturbers(before) {
  const after = processTimes();
  const wall = after.at - before.at;
  const found = [];
  let named = 0;
  for (const [pid, { name, milliseconds }] of after.processes) {
    const share = (milliseconds - (before.processes.get(pid)?.milliseconds ?? 0)) / wall;
    const ours = isOurs(pid, after.processes);
    if (!ours && share > mostShare) found.push({ pid, name, share: Number(share.toFixed(2)) });
    if (ours || share > mostShare) named += share;
  }
  // Processes that have ended meanwhile, and many small ones.
  const rest = (after.busy - before.busy) / wall - named;
  if (rest > mostShareOfAll) found.push({ name: "other processes together", share: Number(rest.toFixed(2)) });
  return found;
}

/** This process, its ancestors (they wait) and what it started. */
function isOurs(pid, processes) {
  const ancestors = (from) => {
    const line = [];
    for (let at = from; at > 1 && processes.has(at); at = processes.get(at).parent) line.push(at);
    return line;
  };
  return ancestors(pid).includes(process.pid) || ancestors(process.pid).includes(pid);
}

/** Load of the last minute. */
export function load() {
  return Number(loadavg()[0].toFixed(2));
}

/** Waits until nobody disturbs. @returns who still does when the patience is over */
export async function waitForQuiet(patience = 20_000) {
  const until = performance.now() + patience;
  for (;;) {
    const before = processTimes();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const found = disturbers(before);
    if (found.length === 0 || performance.now() > until) return found;
  }
}
