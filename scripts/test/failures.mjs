// What failed, one line each, so that the end of a log says it however much of its middle is missing.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const LINES_OF_A_STEP = 30;
const WIDEST = 240;
const TELLS_ERROR = /(error|sanitizer)( TS\d+)?:/i;

const linesOf = (output) => stripVTControlCharacters(output).split('\n');

/** The first line that is not blank. */
function firstLine(text) {
  const line = linesOf(text).find((candidate) => candidate.trim() !== '') ?? '';
  return line.trim();
}

/**
 * The failed cases of doctest programs, as ctest passes their output on: "file > case: its first failed assertion",
 * with the values where doctest shows them.
 * @param {string} output
 */
export function doctestFailures(output) {
  const failures = new Map();
  const lines = linesOf(output).map((line) => line.replace(/^\d+: /, ''));
  let test = '';
  for (const [i, text] of lines.entries()) {
    test = /^TEST CASE:\s+(.*)$/.exec(text)?.[1] ?? test;
    const error = /^(.*):\d+: (?:FATAL )?ERROR: (.*)$/.exec(text);
    if (error === null) continue;
    const name = `${path.basename(error[1])} > ${test}`;
    const values = /^\s+values: (.*)$/.exec(lines[i + 1] ?? '')?.[1];
    if (!failures.has(name)) failures.set(name, values ?? error[2].trim());
  }
  return [...failures].map(([name, message]) => `${name}: ${message}`);
}

/**
 * The failed tests in a report of vitest's JSON reporter, the files that did not load, and the tests that were begun
 * and never ended: "file > name: first line of its message".
 * @param {string} file
 * @param {string} root what files are named relative to
 */
export function vitestFailures(file, root) {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  return testResults.flatMap((result) => {
    const source = path.relative(root, result.name);
    const tests = result.assertionResults.filter(({ status }) => status === 'failed' || status === 'pending');
    if (tests.length === 0) return result.status === 'failed' ? [`${source}: ${firstLine(result.message)}`] : [];
    return tests.map(({ ancestorTitles, title, status, failureMessages }) => {
      const told = status === 'pending' ? 'it did not end' : firstLine(failureMessages[0] ?? '');
      const message = told.endsWith('STACK_TRACE_ERROR') ? 'it timed out' : told; // vitest's word for that
      return `${[source, ...ancestorTitles, title].join(' > ')}: ${message}`;
    });
  });
}

/**
 * The lines that begin with FAILED, each with the indented line below it.
 * @param {string} output
 */
export function summaryFailures(output) {
  const lines = linesOf(output);
  return lines.flatMap((line, i) => {
    const name = /^FAILED:? (.*)$/.exec(line)?.[1];
    if (name === undefined) return [];
    const below = /^\s+(\S.*)$/.exec(lines[i + 1] ?? '')?.[1];
    return [below === undefined ? name : `${name}: ${below}`];
  });
}

/** What a command's tests say about their failures, in the way in which they are counted. */
function ownFailures(counts, output, root) {
  if (counts === 'summary') return summaryFailures(output);
  if (counts === 'doctest') return doctestFailures(output);
  if (typeof counts !== 'object') return [];
  try {
    return vitestFailures(counts.vitest, root);
  } catch {
    return [];
  }
}

/**
 * What failed in a command that failed: its tests, or else the first line of its output that tells of an error.
 * @param {import('./run_step.mjs').Command} command
 * @param {string} output
 * @param {string} root
 * @returns {string[]}
 */
export function failuresOf({ run, counts = 'one' }, output, root) {
  const own = ownFailures(counts, output, root);
  if (own.length > 0) return own;
  const lines = linesOf(output).filter((line) => line.trim() !== '');
  const line = lines.find((candidate) => TELLS_ERROR.test(candidate)) ?? lines.at(-1) ?? 'no output';
  return [`${run.map((word) => firstLine(word)).join(' ')}: ${line.trim()}`];
}

const shortened = (line) => (line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line);

/**
 * The steps that failed, each with what failed in it.
 * @param {readonly { step: string, failures: readonly string[] }[]} failed
 */
export function formatFailures(failed) {
  return failed
    .map(({ step, failures }) => {
      const left = failures.length - LINES_OF_A_STEP;
      const lines = failures.slice(0, LINES_OF_A_STEP).map((line) => `  ${shortened(line)}`);
      if (left > 0) lines.push(`  and ${left} more`);
      return [`FAILED: ${step}`, ...lines].join('\n');
    })
    .join('\n');
}
