// Where a rule may be broken, and why. A row that excuses nothing any more fails the check.

/**
 * @typedef {object} Exception
 * @property {string} rule the rule's name
 * @property {string} file
 * @property {string} reason
 */

/** @type {Exception[]} */
export const EXCEPTIONS = [];

/**
 * The problems that no exception excuses.
 * @param {string} rule
 * @param {import('./rule.mjs').Problem[]} problems
 * @param {readonly Exception[]} exceptions
 */
export function withoutExcused(rule, problems, exceptions = EXCEPTIONS) {
  const rows = exceptions.filter((row) => row.rule === rule);
  const stale = rows
    .filter((row) => !problems.some((problem) => problem.file === row.file))
    .map((row) => ({ file: row.file, message: `the exception from "${rule}" excuses nothing: take it out` }));
  return [...problems.filter((problem) => !rows.some((row) => row.file === problem.file)), ...stale];
}
