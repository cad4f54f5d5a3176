/**
 * `./bulkhead bench`: measures this checkout on this machine. What is measured, and how, is in test/bench; what came of it in
 * docs/reference/numbers.md.
 */
const bench = new URL('../test/bench/main.ts', import.meta.url);
// Named by URL, because scripts are checked apart from the packages that the measurements use.
await import(bench.href);
