// npm run check: format, lint, types, layers, names and limits. Seconds, compiles nothing.
// Usage: node scripts/check.mjs [--only <part of a name>]
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withoutExcused } from './check/exceptions.mjs';
import { PROGRAMS } from './check/programs.mjs';
import { formatProblem, runRule } from './check/rule.mjs';
import { RULES } from './check/rules.mjs';
import { readTree } from './check/tree.mjs';
import { missingTool, toolsRequired } from './tools.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** @typedef {{ name: string, status: 'passed' | 'failed' | 'skipped', detail: string, lines: string[] }} Outcome */

/** @returns {Promise<{ code: number, output: string }>} */
function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @returns {Promise<Outcome>} */
async function runProgram(program, tree) {
  const { name } = program;
  const files = program.selects === undefined ? [] : tree.files.filter(program.selects);
  if (program.selects !== undefined && files.length === 0)
    return { name, status: 'failed', detail: '', lines: ['it matches no file of the project'] };
  const missing = missingTool(program.tools);
  if (missing !== undefined) {
    if (!toolsRequired) return { name, status: 'skipped', detail: `${missing} not installed`, lines: [] };
    return { name, status: 'failed', detail: '', lines: [`${missing} is not installed; scripts/setup.sh installs it`] };
  }
  const { code, output } = await run([...program.command, ...files]);
  const lines = code === 0 ? [] : output.trimEnd().split('\n');
  return { name, status: code === 0 ? 'passed' : 'failed', detail: '', lines };
}

/** @returns {Outcome} */
function applyRule(rule, tree) {
  const { files, problems } = runRule(rule, tree);
  const left = withoutExcused(rule.name, problems);
  const status = left.length === 0 ? 'passed' : 'failed';
  return { name: rule.name, status, detail: `${files} files`, lines: left.map(formatProblem) };
}

/** @param {Outcome} outcome */
function report({ name, status, detail, lines }) {
  if (status === 'skipped') console.log(`skipped: ${name} (${detail})`);
  else console.log(`${status === 'passed' ? 'ok    ' : 'FAILED'} ${name}${detail === '' ? '' : ` (${detail})`}`);
  for (const line of lines) console.log(`       ${line}`);
}

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const wanted = ({ name }) => only === undefined || name.includes(only);
const tree = readTree(root);
const outcomes = [
  ...RULES.filter(wanted).map((rule) => applyRule(rule, tree)),
  ...(await Promise.all(PROGRAMS.filter(wanted).map((program) => runProgram(program, tree)))),
];
for (const outcome of outcomes) report(outcome);
const count = (status) => outcomes.filter((outcome) => outcome.status === status).length;
if (outcomes.length === 0) console.log(`no check has "${only}" in its name`);
console.log(`check: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exitCode = count('failed') > 0 || outcomes.length === 0 ? 1 : 0;
