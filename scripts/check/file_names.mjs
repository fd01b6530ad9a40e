// A file's name says what it holds: snake_case, and none of the words that say nothing.

/** Words that no file and no folder may have in its name. */
export const EMPTY_WORDS = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'old', 'new', 'v2', 'nextgen'];

const SOURCE = /\.(ts|mts|cts|mjs|js|cjs|cc|cu|h|cuh|sh)$/;
const SNAKE = /^[a-z0-9]+(_[a-z0-9]+)*(\.(test|config|d))?\.\w+$/;

/** @type {import('./rule.mjs').Rule} */
export const fileNames = {
  name: 'names: files',
  selects: (file) => /^(native|lib|bench|scripts|test)\//.test(file) || !file.includes('/'),
  check(files) {
    const problems = [];
    for (const file of files) {
      const words = file.toLowerCase().split(/[/_.-]/);
      const empty = words.find((word) => EMPTY_WORDS.includes(word));
      if (empty !== undefined) problems.push({ file, message: `"${empty}" says nothing: name what the file holds` });
      const base = file.split('/').at(-1);
      if (SOURCE.test(base) && !SNAKE.test(base))
        problems.push({ file, message: 'source files are named in snake_case' });
    }
    return problems;
  },
};
