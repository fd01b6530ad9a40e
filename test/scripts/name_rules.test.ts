// The rules of `npm run check` about names, the list of sources and limits, each kept and broken on a small tree.
import { describe, expect, it } from 'vitest';
import { fileNames } from '../../scripts/check/file_names.mjs';
import { kernelNames } from '../../scripts/check/kernel_names.mjs';
import { limits } from '../../scripts/check/limits.mjs';
import { formatProblem, type Rule, runRule } from '../../scripts/check/rule.mjs';
import { sources } from '../../scripts/check/sources.mjs';
import { treeOf } from '../../scripts/check/tree.mjs';

const problemsOf = (rule: Rule, files: Record<string, string>): string[] =>
  runRule(rule, treeOf(files)).problems.map(formatProblem);

describe('file names', () => {
  it.each([
    'lib/tensor/tensor.ts',
    'test/tensor/pack_weights.test.ts',
    'vitest.config.ts',
    'lib/index.mts',
    'README.md',
    'native/kernels/gemm_i8/gemm_i8_avx512vnni.cc',
    'scripts/setup.sh',
    'test/data/t10k-images.gz',
  ])('%s is fine', (file) => {
    expect(problemsOf(fileNames, { [file]: '' })).toEqual([]);
  });

  it.each([
    ['lib/utils.ts', '"utils" says nothing'],
    ['lib/helpers/tensor.ts', '"helpers" says nothing'],
    ['test/linear_helpers.ts', '"helpers" says nothing'],
    ['native/ops/matmul_v2.cc', '"v2" says nothing'],
    ['native/core/common.h', '"common" says nothing'],
    ['scripts/old.mjs', '"old" says nothing'],
    ['lib/packWeights.ts', 'snake_case'],
    ['lib/pack-weights.ts', 'snake_case'],
    ['native/core/Sizes.h', 'snake_case'],
  ])('%s is not', (file, message) => {
    expect(problemsOf(fileNames, { [file]: '' }).join()).toContain(message);
  });
});

describe('kernel names', () => {
  const operation = {
    'native/kernels/gemm/gemm.h': '',
    'native/kernels/gemm/gemm_scalar.cc': '',
    'native/kernels/gemm/gemm_u8_s8_avx512vnni.cc': '',
    'native/kernels/gemm/gemm_epilogue_avx2.h': '',
    'native/kernels/kernels.h': '',
  };

  it('are the operation, its types and a feature', () => {
    expect(problemsOf(kernelNames, operation)).toEqual([]);
  });

  it.each(['gemm_zen4.cc', 'gemm_avx2_fast.cc', 'gemm.cc', 'matmul_avx2.cc', 'gemmavx2.cc', 'gemm_avx2.md'])(
    '%s is refused',
    (base) => {
      const problems = problemsOf(kernelNames, { ...operation, [`native/kernels/gemm/${base}`]: '' });
      expect(problems.join()).toContain(`${base}: must be gemm.h or`);
    },
  );

  it('ask for the contract and the scalar definition', () => {
    const problems = problemsOf(kernelNames, { 'native/kernels/gemm/gemm_avx2.cc': '' }).join();
    expect(problems).toContain('gemm.h, its contract, is missing');
    expect(problems).toContain('the scalar kernel, its definition, is missing');
  });
});

describe('native/sources.json', () => {
  const build = { 'binding.gyp': 'native/sources.json', 'CMakeLists.txt': 'file(READ native/sources.json)' };
  const listing = (list: unknown, others: Record<string, string> = {}) =>
    problemsOf(sources, {
      ...build,
      'native/core/a.cc': '',
      'native/sources.json': JSON.stringify(list),
      ...others,
    });

  it('lists every source once', () => {
    expect(listing({ base: ['native/core/a.cc'], flags: ['-mavx2'] })).toEqual([]);
    expect(listing([{ files: ['core/a.cc'] }])).toEqual([]);
  });

  it.each([
    [{ base: [] }, {}, 'native/core/a.cc: is not in native/sources.json'],
    [{ base: ['core/a.cc', 'core/a.cc'] }, {}, 'is listed 2 times'],
    [{ base: ['core/a.cc', 'core/b.cc'] }, {}, 'native/core/b.cc does not exist'],
    [{ base: ['core/a.cc'] }, { 'binding.gyp': '"native/core/a.cc"' }, 'names a source of native/ itself'],
  ])('%o %o', (list, others, message) => {
    expect(listing(list, others).join()).toContain(message);
  });

  it('must exist', () => {
    expect(problemsOf(sources, { 'native/core/a.cc': '' })).toEqual(['native/sources.json: is missing']);
  });
});

describe('limits', () => {
  const lines = (count: number) => 'x;\n'.repeat(count);
  const body = (count: number, parameters = '') => `void f(${parameters}) {\n${lines(count)}}\n`;
  const problemsOfAll = (file: string, text: string) =>
    limits
      .filter((rule) => rule.selects(file))
      .flatMap((rule) => problemsOf(rule, { [file]: text }))
      .join();

  it.each([
    ['lib/tensor/tensor.ts', 250],
    ['bench/suite.ts', 250],
    ['scripts/check.mjs', 250],
    ['native/kernels/gemm/gemm_avx2.cc', 400],
    ['native/ops/matmul.cc', 300],
    ['bench/native/peers.cc', 300],
    ['native/ops/matmul.h', 200],
    ['native/kernels/gemm/gemm.h', 200],
    ['test/tensor/tensor.test.ts', 400],
    ['test/native/gemm_test.cc', 400],
  ])('%s has at most %i lines', (file, limit) => {
    expect(problemsOfAll(file, lines(limit))).toBe('');
    expect(problemsOfAll(file, lines(limit + 1))).toContain(`${limit + 1} lines`);
  });

  it.each([
    ['native/ops/matmul.cc', 40],
    ['native/core/sizes.h', 40],
    ['native/kernels/gemm/gemm_avx2.cc', 120],
    ['native/kernels/gemm/gemm_epilogue_avx2.h', 120],
    ['test/native/gemm_test.cc', 40],
  ])('a function of %s has at most %i lines', (file, limit) => {
    expect(problemsOfAll(file, body(limit))).toBe('');
    expect(problemsOfAll(file, body(limit + 1))).toContain(`f has ${limit + 1} lines`);
  });

  it('a TypeScript function has at most 40 lines, and a group of tests is none', () => {
    const arrow = (call: string) => `${call}('x', () => {\n${lines(41)}});\n`;
    expect(problemsOfAll('test/a.test.ts', arrow('describe'))).toBe('');
    expect(problemsOfAll('test/a.test.ts', arrow('describe.skipIf(no)'))).toBe('');
    expect(problemsOfAll('test/a.test.ts', arrow('it'))).toContain('41 lines');
  });

  it('a function takes at most 6 parameters', () => {
    expect(problemsOfAll('native/ops/x.cc', body(1, 'int a, int b, int c, int d, int e, int f'))).toBe('');
    expect(problemsOfAll('native/ops/x.cc', body(1, 'int a, int b, int c, int d, int e, int f, int g'))).toContain(
      'f takes 7 parameters',
    );
  });

  it('what cannot be measured is a problem', () => {
    expect(problemsOfAll('native/ops/x.cc', 'void f() {')).toContain('brackets do not match');
  });
});
