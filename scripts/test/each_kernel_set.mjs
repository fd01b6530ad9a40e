// Runs the tests that reach native code once under every kernel set of this machine but the best one, which a plain run
// takes, forced by OCTAVO_ISA.
// Usage: node scripts/test/each_kernel_set.mjs <folder for reports> [arguments for vitest]
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { vitestFailures } from './failures.mjs';
import { formatTotals, sum, vitestTotals } from './totals.mjs';

const [folder, ...args] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: each_kernel_set.mjs <folder for reports> [arguments for vitest]');
const { runtime } = createRequire(import.meta.url)('../../dist/lib');

const [best, ...others] = runtime.available;
const totals = others.map((isa) => {
  const report = path.join(folder, `${isa}.json`);
  // By itself vitest leaves a CPU to its own process: of two that would be half.
  const options = ['--maxWorkers=100%', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  console.log(`\nOCTAVO_ISA=${isa}`);
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...args], {
    env: { ...process.env, OCTAVO_ISA: isa },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const counted = vitestTotals(report);
  if (status === 0 && counted.failed === 0) return counted;
  const failures = vitestFailures(report, process.cwd());
  for (const failure of failures.length > 0 ? failures : ['no test says so, but the run failed'])
    console.log(`FAILED ${isa}: ${failure}`);
  return { ...counted, failed: Math.max(counted.failed, 1) };
});
const total = sum(totals);
console.log(`kernel sets covered: ${others.join(' ')}; a plain run takes ${best}`);
console.log(`kernel sets: ${formatTotals(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
