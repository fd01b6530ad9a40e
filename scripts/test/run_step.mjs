// Runs one step: its commands in order, output passed on as it comes, and what they did as totals.
import { spawn } from 'node:child_process';
import { missingTool } from '../tools.mjs';
import { failuresOf } from './failures.mjs';
import { installRuntime } from './runtimes.mjs';
import { doctestTotals, formatTotals, summaryTotals, vitestTotals } from './totals.mjs';

/**
 * @typedef {object} Command
 * @property {string[]} run program and arguments
 * @property {Record<string, string>} [env] added to the environment
 * @property {'one' | 'summary' | 'doctest' | 'none' | { vitest: string }} [counts] how its tests are counted: as
 *   one (the default), by a last line with totals, by doctest's summaries, not at all, or by vitest's report in a file
 */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} tools programs, or files by absolute path, that it needs
 * @property {string[]} [runtimes] what it needs of RUNTIMES in runtimes.mjs, which is installed when it starts
 * @property {Command[]} commands
 * @property {boolean} [required] nothing after it makes sense when it fails
 */

/**
 * @typedef {object} Surroundings
 * @property {string} root where commands run
 * @property {boolean} toolsRequired a missing tool or runtime fails instead of skipping
 * @property {typeof installRuntime} [install] what installs a runtime
 * @property {(text: string) => void} write
 */

/** @typedef {import('./totals.mjs').Totals & { failures: string[] }} Outcome what failed, a line each */

/** @returns {Promise<{ code: number, output: string }>} */
function execute({ run, env }, { root, write }) {
  return new Promise((resolve) => {
    const [program, ...args] = run;
    const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
    const surrounding = { ...process.env, ...plain, ...env };
    const child = spawn(program, args, { cwd: root, env: surrounding, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const pass = (chunk) => {
      output += chunk;
      write(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', pass);
    child.stderr.setEncoding('utf8').on('data', pass);
    child.on('error', (error) => {
      pass(`${error.message}\n`);
      resolve({ code: 1, output });
    });
    child.on('close', (code, signal) => {
      if (signal !== null) pass(`${program} was ended by ${signal}\n`);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** The totals of a finished command. One that failed, or that ran no test at all, counts at least one failure. */
function totalsOf({ counts = 'one' }, code, output) {
  const own = ownTotals(counts, code, output);
  const ranNothing = counts !== 'none' && own.passed + own.failed + own.skipped === 0;
  if ((code !== 0 || ranNothing) && own.failed === 0) return { ...own, failed: 1 };
  return own;
}

function ownTotals(counts, code, output) {
  if (counts === 'none') return { passed: 0, failed: 0, skipped: 0 };
  if (counts === 'one') return { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0 };
  if (counts === 'summary') return summaryTotals(output);
  if (counts === 'doctest') return doctestTotals(output);
  try {
    return vitestTotals(counts.vitest);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Why a step cannot start; undefined if all that it needs is there. */
function lacking({ tools, runtimes = [] }, install) {
  const tool = missingTool(tools);
  if (tool !== undefined) return `${tool} is not installed`;
  for (const name of runtimes) {
    const { missing } = install(name);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/**
 * @param {Step} step
 * @param {Surroundings} surroundings
 * @returns {Promise<Outcome>}
 */
export async function runStep(step, surroundings) {
  const { write, toolsRequired, root, install = installRuntime } = surroundings;
  const total = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const reason = lacking(step, install);
  if (reason !== undefined) {
    write(`${toolsRequired ? 'FAILED' : 'skipped'}: ${step.name} (${reason})\n`);
    if (!toolsRequired) return { ...total, skipped: 1 };
    return { ...total, failed: 1, failures: [reason] };
  }
  write(`\n== ${step.name}\n`);
  const start = performance.now();
  for (const command of step.commands) {
    const { code, output } = await execute(command, surroundings);
    const totals = totalsOf(command, code, output);
    total.passed += totals.passed;
    total.failed += totals.failed;
    total.skipped += totals.skipped;
    if (totals.failed > 0) total.failures.push(...failuresOf(command, output, root));
    if (code !== 0) break;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  write(`== ${step.name}: ${total.failed === 0 ? 'ok' : 'FAILED'}, ${formatTotals(total)}, ${seconds} s\n`);
  return total;
}
