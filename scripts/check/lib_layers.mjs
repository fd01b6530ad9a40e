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
  ['loading', 'addon_types'],
  ['validate', 'addon', 'statistics'],
  ['runtime', 'files', 'abort_signal', 'page'],
  ['tensor', 'storage'],
  ['quantize', 'idx', 'safetensors'],
  ['calibrate', 'matmul', 'data_files'],
  ['weights'],
  ['linear'],
  ['checkpoint'],
  ['turboquant', 'cuda'],
  ['onnx'],
  ['index'],
  ['demo'],
  ['bench'],
  ['cli'],
];

/** The same for the folders of lib/onnx. */
export const ONNX_ORDER = [
  ['errors'],
  ['schema'],
  ['model'],
  ['operators'],
  ['read', 'write'],
  ['validate', 'infer', 'targets', 'selection', 'decisions'],
  ['opset'],
  ['evaluate'],
  ['prepare', 'execute', 'rewrite', 'metrics'],
  ['calibrate', 'data', 'accuracy'],
  ['static', 'dynamic', 'weight_only', 'float16', 'smooth', 'file_names', 'check', 'inspect'],
  ['compare', 'sensitivity'],
  ['advise'],
  ['report'],
  ['quantize'],
  ['index'],
];

/** Folders that have an order of their own, from the outside in. */
const ORDERS = [
  { folder: 'lib', order: LIB_ORDER, table: 'LIB_ORDER' },
  { folder: 'lib/onnx', order: ONNX_ORDER, table: 'ONNX_ORDER' },
];

/** Subjects that may import less than their row allows. */
export const LIB_NARROWED = {
  loading: ['errors'],
  addon: ['errors', 'loading', 'addon_types'],
  addon_types: [],
  files: ['errors', 'validate'],
  page: [],
  storage: ['errors', 'validate', 'addon', 'abort_signal', 'files'],
  idx: ['errors', 'validate', 'files'],
  safetensors: ['errors', 'validate', 'files', 'tensor'],
  data_files: ['errors', 'validate', 'files', 'tensor', 'idx', 'safetensors'],
};

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n]+)\1/g;
const NATIVE_FILE = /\bprocess\.dlopen\b|\.node['"`]|\bbuild\/Release\b|['"`]prebuilds/g;

const rowOf = (subject, order = LIB_ORDER) => order.findIndex((row) => row.includes(subject));

/** `tensor` for tensor/dtype.ts and for tensor.ts in the folder; undefined outside it. */
function subjectIn(folder, file) {
  if (!file.startsWith(`${folder}/`)) return undefined;
  return file
    .slice(folder.length + 1)
    .split('/')[0]
    .replace(/\.m?[jt]s$/, '');
}

/** The subject in lib/; `bench` for all of bench/; undefined outside both. */
const subjectOf = (file) => (file.startsWith('bench/') ? 'bench' : subjectIn('lib', file));

function checkNarrowed(subject, target) {
  const narrowed = LIB_NARROWED[subject];
  if (narrowed === undefined || narrowed.includes(target)) return undefined;
  return `${subject} may import only ${narrowed.join(', ')}, not ${target}`;
}

function checkOrder(subject, target, specifier, { order, table }) {
  if (rowOf(target, order) < 0) return `${specifier}: the subject ${target} is not in ${table}`;
  if (rowOf(target, order) < rowOf(subject, order)) return undefined;
  return `${subject} may not import ${target}: it is not below it`;
}

function checkImport(file, specifier) {
  const imported = path.posix.join(path.posix.dirname(file), specifier);
  const [subject, target] = [subjectOf(file), subjectOf(imported)];
  if (target === undefined) return `${specifier} lies outside lib/ and bench/`;
  if (target !== subject) return checkNarrowed(subject, target) ?? checkOrder(subject, target, specifier, ORDERS[0]);
  for (const one of ORDERS.slice(1)) {
    const [from, to] = [subjectIn(one.folder, file), subjectIn(one.folder, imported)];
    if (from !== undefined && to !== undefined && from !== to) return checkOrder(from, to, specifier, one);
  }
  return undefined;
}

function* unknownSubjects(file) {
  if (rowOf(subjectOf(file)) < 0) yield { file, message: `the subject ${subjectOf(file)} is not in LIB_ORDER` };
  for (const { folder, order, table } of ORDERS.slice(1)) {
    const subject = subjectIn(folder, file);
    if (subject !== undefined && rowOf(subject, order) < 0)
      yield { file, message: `the subject ${subject} is not in ${table}` };
  }
}

function* problemsOf(file, text) {
  yield* unknownSubjects(file);
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
