// The result of packages/simd's own bench in the form of the other rows.
import { environment } from "./environment.mjs";
import { judge } from "./targets.mjs";

export function dispatchRecord(measured) {
  const { threads, trial, disturbers, load, clockMicroseconds, hotMicroseconds, parkedMicroseconds } = measured;
  const states = { dispatchHot: ["hot", hotMicroseconds], dispatchParked: ["parked", parkedMicroseconds] };
  const cells = Object.entries(states).map(([key, [state, microseconds]]) => ({
    title: `empty parallel region, workers ${state}`,
    microseconds,
    clockMicroseconds,
    load,
    disturbers,
    verdicts: [judge(key, "relaxed", microseconds.median)],
  }));
  return { row: "dispatch", build: "relaxed", threads, trial, v8Flags: "none", environment: environment(), cells };
}
