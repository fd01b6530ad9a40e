// What the layers must not do, as patterns in their code (comments and strings do not count).
import { blank, languageOf } from './blank.mjs';
import { lineAt } from './rule.mjs';

const NODE = { pattern: /\b(napi_\w+|Napi::\w+|uv_\w+)/g, why: 'only the binding knows Node' };
const INTRINSICS = {
  pattern: /\b(_mm\d*_\w+|_tile_\w+|__m(128|256|512)i?\b|v(ld|st|dot|mla|mmla|add|mul)\w*q?_[suf]\d+)/g,
  why: 'intrinsics belong into kernels',
};
const ENVIRONMENT = { pattern: /\b(secure_)?getenv\b/g, why: 'dispatch reads the variable that forces a kernel set' };
const THREADS = {
  pattern: /\bstd::(jthread|thread|async)\b|\bpthread_create\b/g,
  why: 'threads are started in ops',
};
const LOCKS = { pattern: /\bstd::(mutex|condition_variable\w*|atomic\w*)\b/g, why: 'a kernel shares nothing' };
const OUTPUT = {
  pattern:
    /\b([fs]?n?printf|puts|putchar|perror)\s*\(|\bstd::(cout|cerr|clog)\b|\b(std::)?(abort|_?exit|terminate)\s*\(/g,
  why: 'native code never prints and never ends the process',
};
const HEAP = {
  pattern:
    /\b(malloc|calloc|realloc|free|aligned_alloc|posix_memalign|_mm_malloc|alloca|mmap)\s*\(|\b(new|delete)\b(?!\s*;)/g,
  why: 'a kernel gets its memory from its caller',
};
const EXCEPTIONS = { pattern: /\b(throw|try|catch)\b/g, why: 'a kernel has nothing to report' };

// A kernel is compiled with the flags of its instruction set. The linker keeps one copy of an inline function or of a
// template's instance, so one made here could end up in code that runs on every CPU: only these names make none.
const KERNEL_STD =
  /\bstd::(?!(u?int(8|16|32|64)_t|size_t|ptrdiff_t|u?intptr_t|mem(cpy|set|move)|(fma|nearbyint|rint|lrint|fabs|sqrt)f?|isnan|isfinite|integral_constant)\b)\w+/g;

/** Each row: files by path, and the patterns that must not occur in them. */
export const FORBIDDEN_CODE = [
  {
    layer: 'kernels',
    patterns: [
      NODE,
      ENVIRONMENT,
      THREADS,
      LOCKS,
      HEAP,
      EXCEPTIONS,
      { pattern: KERNEL_STD, why: 'a kernel makes no instance of a template that other objects share' },
    ],
  },
  { layer: 'core', patterns: [NODE, ENVIRONMENT, INTRINSICS, THREADS] },
  { layer: 'dispatch', patterns: [NODE, INTRINSICS, THREADS] },
  { layer: 'ops', patterns: [NODE, INTRINSICS] },
  { layer: 'binding', patterns: [INTRINSICS, ENVIRONMENT, THREADS] },
].map(({ layer, patterns }) => ({
  name: `must not: ${layer}`,
  selects: (file) => file.startsWith(`native/${layer}/`) && /\.(cc|h)$/.test(file),
  patterns,
}));

FORBIDDEN_CODE.push({
  name: 'must not: native',
  selects: (file) => /^native\/.*\.(cc|cu|h|cuh)$/.test(file),
  patterns: [OUTPUT],
});

/** @param {(typeof FORBIDDEN_CODE)[number]} row */
function ruleOf({ name, selects, patterns }) {
  return {
    name,
    selects,
    check: (files, tree) =>
      files.flatMap((file) => {
        const text = blank(tree.read(file), languageOf(file), { strings: true });
        return patterns.flatMap(({ pattern, why }) =>
          [...text.matchAll(pattern)].map((match) => ({
            file,
            line: lineAt(text, match.index),
            message: `${match[0].trim()}: ${why}`,
          })),
        );
      }),
  };
}

/** @type {import('./rule.mjs').Rule[]} */
export const forbiddenCode = FORBIDDEN_CODE.map(ruleOf);
