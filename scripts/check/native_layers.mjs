// Includes of native/ point down only, are written from native/, and Node's headers stay in the binding.
import { blank } from './blank.mjs';
import { lineAt } from './rule.mjs';

/** Each layer and the layers that it may include besides itself. */
export const NATIVE_LAYERS = {
  core: [],
  kernels: ['core'],
  dispatch: ['kernels', 'core'],
  cuda: ['dispatch', 'kernels', 'core'],
  tensorrt: ['dispatch', 'core'],
  ops: ['cuda', 'tensorrt', 'dispatch', 'kernels', 'core'],
  binding: ['ops', 'cuda', 'dispatch', 'core'],
};

/** Headers that only some layers may include. */
const RESERVED = [
  { header: /^(napi\.h|node(_api)?\.h|js_native_api(_types)?\.h|uv\.h|v8\.h)$/, layers: ['binding'] },
  { header: /^\w*intrin\.h$/, layers: ['kernels', 'dispatch'] },
  { header: /^arm_(neon|acle|sve)\.h$/, layers: ['kernels'] },
  { header: /^(cpuid\.h|sys\/auxv\.h|sys\/sysctl\.h|asm\/hwcap\.h)$/, layers: ['dispatch'] },
  { header: /^cuda\w*\.h$/, layers: ['cuda'] },
  { header: /^(thread|mutex|condition_variable|future|pthread\.h)$/, layers: ['ops', 'binding', 'cuda', 'tensorrt'] },
];

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]+([<"])([^>"\n]+)[>"]/gm;

function checkOwn(layer, header, tree) {
  const target = header.split('/')[0];
  if (!tree.has(`native/${header}`))
    return `"${header}" is not below native/ (write includes from there; system headers in <>)`;
  if (target !== layer && !NATIVE_LAYERS[layer].includes(target))
    return `${layer} may not include ${target}, only ${[layer, ...NATIVE_LAYERS[layer]].join(', ')}`;
  return undefined;
}

function checkSystem(layer, header) {
  const row = RESERVED.find((candidate) => candidate.header.test(header));
  if (row === undefined || row.layers.includes(layer)) return undefined;
  return `<${header}> belongs to ${row.layers.join(', ')}, not to ${layer}`;
}

/** @type {import('./rule.mjs').Rule} */
export const nativeLayers = {
  name: 'layers: native includes',
  selects: (file) => /^native\/.*\.(cc|cu|h|cuh)$/.test(file),
  check(files, tree) {
    const problems = [];
    for (const file of files) {
      const layer = file.split('/')[1];
      if (!(layer in NATIVE_LAYERS)) {
        problems.push({
          file,
          message: `native/${layer} is no layer; they are ${Object.keys(NATIVE_LAYERS).join(', ')}`,
        });
        continue;
      }
      const text = blank(tree.read(file), 'cc');
      for (const match of text.matchAll(INCLUDE)) {
        const message = match[1] === '"' ? checkOwn(layer, match[2], tree) : checkSystem(layer, match[2]);
        if (message !== undefined) problems.push({ file, line: lineAt(text, match.index), message });
      }
    }
    return problems;
  },
};
