// Runs a program of native tests, the tests of each source file in a process of their own and several at a time, and says
// how many there were. Usage: node scripts/test/native_test_files.mjs <program> [folder of its source files]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { runCaptured } from './run_captured.mjs';
import { doctestTotals } from './totals.mjs';

const [program, folder = 'test/native'] = process.argv.slice(2);
if (program === undefined) throw new Error('usage: native_test_files.mjs <program> [folder]');

const count = spawnSync(program, ['--count'], { encoding: 'utf8' });
const wanted = Number(/filters: (\d+)/.exec(count.stdout ?? '')?.[1]);
const found = { passed: 0, failed: 0 };
const waiting = readdirSync(folder).filter((name) => name.endsWith('_test.cc'));
async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { code, output } = await runCaptured(program, [`--source-file=*/${name}`]);
    const { passed, failed } = doctestTotals(output);
    found.passed += passed;
    found.failed += failed;
    if (code === 0) continue;
    if (failed === 0) found.failed++; // it ended before its summary
    console.log(`\n${name} ended with ${code ?? 'a signal'}:\n${output.trimEnd()}`);
    process.exitCode = 1;
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
const { passed, failed } = found;
// Every test is in one of the files: none is left out, whatever the other processes skip.
if (process.exitCode !== 1 && passed !== wanted) {
  console.log(`error: ${passed} of ${wanted} tests ran`);
  process.exitCode = 1;
}
console.log(`[doctest] test cases: ${passed + failed} | ${passed} passed | ${failed} failed | 0 skipped |`);
