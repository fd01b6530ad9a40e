// How long files and functions may be, and how many parameters a function may take.
import { blank, languageOf } from './blank.mjs';
import { findFunctions } from './functions.mjs';

const KERNEL = /^native\/kernels\/.*\.cc$/;
const TEST = /^test\/.*\.(ts|mjs|cc|h)$/;

/** Lines of a file. Every row must match a file, or it guards nothing. */
export const FILE_LIMITS = [
  { kind: 'TypeScript file', limit: 250, selects: (file) => /^(lib|bench)\/.*\.m?ts$/.test(file) },
  { kind: 'script', limit: 250, selects: (file) => /^scripts\/.*\.mjs$/.test(file) },
  { kind: 'kernel file', limit: 400, selects: (file) => KERNEL.test(file) },
  {
    kind: 'C++ file',
    limit: 300,
    selects: (file) => /^(native|bench)\/.*\.(cc|cu)$/.test(file) && !KERNEL.test(file),
  },
  { kind: 'header', limit: 200, selects: (file) => /^(native|bench)\/.*\.(h|cuh)$/.test(file) },
  { kind: 'test file', limit: 400, selects: (file) => TEST.test(file) },
];

/** Lines of a function's body, and its parameters. */
export const FUNCTION_LIMITS = [
  { kind: 'micro-kernel', limit: 120, selects: (file) => /^native\/kernels\/.*\.(cc|h)$/.test(file) },
  {
    kind: 'function',
    limit: 40,
    selects: (file) =>
      /^(lib|bench|scripts|native|test)\/.*\.(m?ts|mjs|cc|cu|h|cuh)$/.test(file) && !file.startsWith('native/kernels/'),
  },
];
export const PARAMETER_LIMIT = 6;

/** Lines of a text; a last line without its newline counts. */
function countLines(text) {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function fileLimitRule({ kind, limit, selects }) {
  return {
    name: `limits: ${kind}, ${limit} lines`,
    selects,
    check: (files, tree) =>
      files.flatMap((file) => {
        const lines = countLines(tree.read(file));
        return lines > limit ? [{ file, message: `${lines} lines, a ${kind} has at most ${limit}` }] : [];
      }),
  };
}

// A `describe` groups tests as a file does; its callback is no function of its own.
const isGroup = (found) => /^(describe|describeOnGpu|suite)\b/.test(found.calledIn ?? '');

function functionLimitRule({ kind, limit, selects }) {
  return {
    name: `limits: ${kind}, ${limit} lines and ${PARAMETER_LIMIT} parameters`,
    selects,
    check: (files, tree) =>
      files.flatMap((file) => {
        const language = languageOf(file);
        const functions = findFunctions(blank(tree.read(file), language, { strings: true }), language);
        if (functions === undefined) return [{ file, message: 'its brackets do not match, so it was not measured' }];
        return functions.filter((found) => !isGroup(found)).flatMap((found) => measure(found, kind, limit, file));
      }),
  };
}

function measure({ name, line, bodyLines, parameters }, kind, limit, file) {
  const problems = [];
  if (bodyLines > limit)
    problems.push({ file, line, message: `${name} has ${bodyLines} lines, a ${kind} has at most ${limit}` });
  if (parameters > PARAMETER_LIMIT)
    problems.push({ file, line, message: `${name} takes ${parameters} parameters, at most ${PARAMETER_LIMIT}` });
  return problems;
}

/** @type {import('./rule.mjs').Rule[]} */
export const limits = [...FILE_LIMITS.map(fileLimitRule), ...FUNCTION_LIMITS.map(functionLimitRule)];
