// What a rule is and how it is run. A rule that selects no file fails: a guard that guards nothing has gone stale.

/**
 * @typedef {object} Problem
 * @property {string} file
 * @property {number} [line] 1 for the first line
 * @property {string} message
 */

/**
 * @typedef {object} Rule
 * @property {string} name
 * @property {(file: string) => boolean} selects the files that the rule looks at
 * @property {(files: string[], tree: import('./tree.mjs').Tree) => Problem[]} check
 */

/**
 * @param {Rule} rule
 * @param {import('./tree.mjs').Tree} tree
 * @returns {{ files: number, problems: Problem[] }}
 */
export function runRule(rule, tree) {
  const files = tree.files.filter(rule.selects);
  if (files.length === 0)
    return { files: 0, problems: [{ file: '(no file)', message: 'the rule matches no file of the project' }] };
  return { files: files.length, problems: rule.check(files, tree) };
}

/**
 * @param {Problem} problem
 */
export function formatProblem({ file, line, message }) {
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

/**
 * The line of an offset, 1 for the first.
 * @param {string} text
 * @param {number} offset
 */
export function lineAt(text, offset) {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}
