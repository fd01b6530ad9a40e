// Kernels for GPUs are written in the words of native/cuda/device/platform.h alone, so that a host's compiler can make the
// emulation of them; each is registered, or no test would reach it.
import { blank } from './blank.mjs';
import { lineAt } from './rule.mjs';

const KERNEL = /\bOCTAVO_(?:\w+_)?KERNEL\s*\(/g;
const REGISTRATION = /\bOCTAVO_REGISTER\s*\(/g;
/** Words that only nvcc knows. */
const OWN_WORDS = /\b(__(?:global|device|shared|constant|host|forceinline|launch_bounds|cluster_dims)__|asm)\b/g;

/** @type {import('./rule.mjs').Rule} */
export const deviceKernels = {
  name: 'kernels for GPUs: registered, and in words that the emulation has',
  selects: (file) => /^native\/cuda\/kernels\/./.test(file),
  check(files, tree) {
    const problems = [];
    for (const file of files) {
      if (!file.endsWith('.cu')) problems.push({ file, message: 'only kernels are here, in .cu files' });
      const text = blank(tree.read(file), 'cc', { strings: true });
      const kernels = text.match(KERNEL)?.length ?? 0;
      const registered = text.match(REGISTRATION)?.length ?? 0;
      if (kernels === 0) problems.push({ file, message: 'defines no kernel' });
      if (kernels !== registered)
        problems.push({ file, message: `defines ${kernels} kernels, and OCTAVO_REGISTER has ${registered}` });
      for (const match of text.matchAll(OWN_WORDS))
        problems.push({ file, line: lineAt(text, match.index), message: `${match[0]} belongs to native/cuda/device/` });
    }
    return problems;
  },
};
