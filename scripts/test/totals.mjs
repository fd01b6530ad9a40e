// What a runner's output says it did: tests passed, failed and skipped.
import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/**
 * The sum of totals.
 * @param {readonly Totals[]} list
 * @returns {Totals}
 */
export function sum(list) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of list) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/**
 * The last line of the form "check: 3 passed, 0 failed, 1 skipped".
 * @param {string} output
 * @returns {Totals}
 */
export function summaryTotals(output) {
  const match = [...output.matchAll(/^[\w ]+: (\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  if (match === undefined) return sum([]);
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3]) };
}

/**
 * The cases of every doctest program that wrote its summary.
 * @param {string} output
 * @returns {Totals}
 */
export function doctestTotals(output) {
  const line = /\[doctest\] test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped/g;
  return sum(
    [...output.matchAll(line)].map((match) => ({
      passed: Number(match[1]),
      failed: Number(match[2]),
      skipped: Number(match[3]),
    })),
  );
}

/**
 * The tests in a report of vitest's JSON reporter, and the files that could not be run at all.
 * @param {string} file
 * @returns {Totals}
 */
export function vitestTotals(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const broken = report.testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {Totals} totals */
export function formatTotals({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
