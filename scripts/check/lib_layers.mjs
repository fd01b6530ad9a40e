// Imports of lib/ and bench/ point down only; lib/loading/ alone knows where the .node file is.
import path from 'node:path';
import { blank } from './blank.mjs';
import { lineAt } from './rule.mjs';

/**
 * The subjects of lib/ from the bottom up: a subject may import those of earlier rows, and itself.
 * A subject is a folder of lib/, or a file directly in it.
 */
export const LIB_ORDER = [
  ['errors'],
  ['loading'],
  ['validate', 'addon'],
  ['runtime', 'files', 'abort_signal', 'page'],
  ['tensor', 'storage'],
  ['quantize', 'idx', 'safetensors'],
  ['calibrate', 'matmul', 'data_files'],
  ['linear'],
  ['weights'],
  ['onnx'],
  ['index'],
  ['demo'],
  ['bench'],
  ['cli'],
];

/** Subjects that may import less than their row allows. */
export const LIB_NARROWED = {
  loading: ['errors'],
  addon: ['errors', 'loading'],
  files: ['errors', 'validate'],
  page: [],
  storage: ['errors', 'validate', 'addon', 'abort_signal', 'files'],
  idx: ['errors', 'validate', 'files'],
  safetensors: ['errors', 'validate', 'files', 'tensor'],
  data_files: ['errors', 'validate', 'files', 'tensor', 'idx', 'safetensors'],
};

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n]+)\1/g;
const NATIVE_FILE = /\bprocess\.dlopen\b|\.node['"`]|\bbuild\/Release\b|['"`]prebuilds/g;

const rowOf = (subject) => LIB_ORDER.findIndex((row) => row.includes(subject));

/** `tensor` for lib/tensor/dtype.ts and for lib/tensor.ts; `bench` for all of bench/; undefined outside both. */
function subjectOf(file) {
  const [top, second] = file.split('/');
  if (top === 'bench') return 'bench';
  return top === 'lib' && second !== undefined ? second.replace(/\.m?[jt]s$/, '') : undefined;
}

function checkImport(file, specifier) {
  const subject = subjectOf(file);
  const target = subjectOf(path.posix.join(path.posix.dirname(file), specifier));
  if (target === undefined) return `${specifier} lies outside lib/ and bench/`;
  if (target === subject) return undefined;
  if (rowOf(target) < 0) return `${specifier}: the subject ${target} is not in LIB_ORDER`;
  const narrowed = LIB_NARROWED[subject];
  if (narrowed !== undefined && !narrowed.includes(target))
    return `${subject} may import only ${narrowed.join(', ')}, not ${target}`;
  if (rowOf(target) >= rowOf(subject)) return `${subject} may not import ${target}: it is not below it`;
  return undefined;
}

function* problemsOf(file, text) {
  if (rowOf(subjectOf(file)) < 0) yield { file, message: `the subject ${subjectOf(file)} is not in LIB_ORDER` };
  for (const match of text.matchAll(IMPORT)) {
    if (!match[2].startsWith('.')) continue;
    const message = checkImport(file, match[2]);
    if (message !== undefined) yield { file, line: lineAt(text, match.index), message };
  }
  if (rowOf(subjectOf(file)) === rowOf('loading')) return;
  for (const match of text.matchAll(NATIVE_FILE))
    yield { file, line: lineAt(text, match.index), message: `only lib/loading/ may mention ${match[0]}` };
}

/** @type {import('./rule.mjs').Rule} */
export const libLayers = {
  name: 'layers: lib and bench imports',
  selects: (file) => /^(lib|bench)\/.*\.m?ts$/.test(file),
  check: (files, tree) => files.flatMap((file) => [...problemsOf(file, blank(tree.read(file), 'ts'))]),
};
