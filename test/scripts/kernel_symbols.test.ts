// Which definitions of a kernel's object file other objects could be given instead of their own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { kernelObjects, sharedSymbols, withoutObject } from '../../scripts/test/kernel_symbols.mjs';

it('weak and unique symbols are shared, strong and local ones are not', () => {
  const output = `0000000000000000 r .LC0
0000000000000140 t octavo::(anonymous namespace)::gemm_i8_avx2(octavo::GemmI8Strip const&)
0000000000000000 W std::vector<int, std::allocator<int> >::push_back(int const&)
0000000000000010 u octavo::table
0000000000000020 D octavo::kGemmI8Avx2
0000000000000060 V vtable for octavo::Thing
`;
  expect(sharedSymbols(output)).toEqual([
    'std::vector<int, std::allocator<int> >::push_back(int const&)',
    'octavo::table',
    'vtable for octavo::Thing',
  ]);
});

it('looks at the objects of all kernels but the scalar ones', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'octavo-objects-'));
  try {
    const names = ['kernels/a/a_avx2.o', 'kernels/a/a_neon.cc.o', 'kernels/a/a_scalar.o', 'ops/a.o'];
    for (const name of names) {
      const file = path.join(folder, 'obj.target', 'set', 'native', name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, '');
    }
    const found = kernelObjects(folder).map((file) => path.basename(file));
    expect(found.sort()).toEqual(['a_avx2.o', 'a_neon.cc.o']);
    expect(kernelObjects(path.join(folder, 'missing'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('names the sources of kernel sets that were not compiled', () => {
  const sets = { one: { sources: ['native/kernels/a/a_avx2.cc'] }, two: { sources: ['native/kernels/a/a_amx.cc'] } };
  expect(withoutObject(sets, ['obj/native/kernels/a/a_avx2.o', 'obj/native/kernels/a/a_amx.cc.o'])).toEqual([]);
  expect(withoutObject(sets, ['obj/native/kernels/a/a_avx2.o'])).toEqual(['native/kernels/a/a_amx.cc']);
});
