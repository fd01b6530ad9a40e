// npm test: builds, checks and tests everything that this machine has the tools for. npm run test:all: with whole grids
// and all tests wherever `npm test` takes a part of them.
// Usage: npm test [-- --only <part of a step's name>] [-- --list]. Every step is a row of scripts/test/steps.mjs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatFailures } from './test/failures.mjs';
import { runSteps } from './test/run_steps.mjs';
import { makeSteps } from './test/steps.mjs';
import { formatTotals, sum } from './test/totals.mjs';
import { toolsRequired } from './tools.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' }, all: { type: 'boolean' } },
});

/** The named steps, and for each of them the steps that it cannot do without. */
function wanted(steps) {
  if (values.only === undefined) return steps;
  const named = steps.filter(({ name }) => values.only.some((part) => name.includes(part)));
  const needed = new Set(named.flatMap(({ needs = [] }) => needs));
  return steps.filter((step) => named.includes(step) || needed.has(step.name));
}

async function runAll(steps) {
  const write = (text) => process.stdout.write(text);
  const outcomes = await runSteps(steps, { root, toolsRequired, write });
  const failed = [...outcomes].filter(([, outcome]) => outcome.failed > 0);
  return {
    total: sum([...outcomes.values()]),
    failed: failed.map(([step, { failures }]) => ({ step, failures })),
  };
}

const scratch = mkdtempSync(path.join(tmpdir(), 'octavo-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

const steps = wanted(makeSteps(scratch, values.all));
if (values.list) for (const { name } of steps) console.log(name);
else {
  const { total, failed } = await runAll(steps);
  if (steps.length === 0) console.log(`no step has "${values.only.join(' or ')}" in its name`);
  console.log(`\n${formatTotals(total)}`);
  if (failed.length > 0) console.log(formatFailures(failed));
  process.exitCode = total.failed > 0 || steps.length === 0 ? 1 : 0;
}
