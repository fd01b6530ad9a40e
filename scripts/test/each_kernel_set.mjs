// Runs the tests that reach native code once under every kernel set of this machine, forced by OCTAVO_ISA.
// Usage: node scripts/test/each_kernel_set.mjs <folder for reports> [arguments for vitest]
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { formatTotals, sum, vitestTotals } from './totals.mjs';

const [folder, ...args] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: each_kernel_set.mjs <folder for reports> [arguments for vitest]');
const { runtime } = createRequire(import.meta.url)('../../dist/lib');

const totals = runtime.available.map((isa) => {
  const report = path.join(folder, `${isa}.json`);
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  console.log(`\nOCTAVO_ISA=${isa}`);
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
    env: { ...process.env, OCTAVO_ISA: isa },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const counted = vitestTotals(report);
  return status !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
});
const total = sum(totals);
console.log(`kernel sets covered: ${runtime.available.join(' ')}`);
console.log(`kernel sets: ${formatTotals(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
