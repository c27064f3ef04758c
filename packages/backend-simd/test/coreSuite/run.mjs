// Runs what was loaded, and prints one line of JSON: counts by status, and the specs that failed.
const jasmine = globalThis.bootedJasmine.getEnv();
const counts = { passed: 0, failed: 0, pending: 0, excluded: 0 };
const failures = [];
jasmine.configure({ random: false });
jasmine.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    counts[status]++;
    if (status === "failed") failures.push(`${fullName}: ${failedExpectations[0]?.message.slice(0, 200)}`);
  },
  jasmineDone() {
    console.log(JSON.stringify({ counts, failures }));
    process.exit(0);
  },
});
jasmine.execute();
