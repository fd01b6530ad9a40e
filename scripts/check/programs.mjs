// The programs of `npm run check`: formatter, linter and type checker, as data.

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string[]} tools what must be on the PATH; a missing one is a skip, and a failure where CI=true
 * @property {(file: string) => boolean} [selects] files that are handed over; all must be there for it to start
 * @property {string[]} command
 */

/** @type {Program[]} */
export const PROGRAMS = [
  { name: 'biome: format and lint', tools: [], command: ['node_modules/.bin/biome', 'check', '--error-on-warnings'] },
  { name: 'tsc: types of the package', tools: [], command: ['node_modules/.bin/tsc', '-p', '.', '--noEmit'] },
  { name: 'tsc: types of the tests', tools: [], command: ['node_modules/.bin/tsc', '-p', 'test', '--noEmit'] },
  {
    name: 'clang-format',
    tools: ['clang-format-19'],
    selects: (file) => /^(native|bench|test)\/.*\.(cc|cu|h|cuh)$/.test(file),
    command: ['clang-format-19', '--dry-run', '-Werror'],
  },
];
