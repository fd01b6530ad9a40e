// What nvcc says of kernels for GPUs, and what of it fails a build; how kernels are written.
import { expect, it } from 'vitest';
import { deviceKernels } from '../../scripts/check/device_kernels.mjs';
import { formatProblem, runRule } from '../../scripts/check/rule.mjs';
import { treeOf } from '../../scripts/check/tree.mjs';
import { compiledKernels, disorder, problemsIn } from '../../scripts/test/device_code.mjs';

const said = (name: string, gpu: string, spilled = 0) => `ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '${name}' for '${gpu}'
ptxas info    : Function properties for ${name}
    16 bytes stack frame, ${spilled} bytes spill stores, ${2 * spilled} bytes spill loads
ptxas info    : Used 64 registers, used 1 barriers, 360 bytes cmem[0]
ptxas info    : Compile time = 17.980 ms
`;

const kernel = (name: string, gpu: string) => ({ name, gpu, registers: 64, stack: 16, spilled: 0 });

it('every kernel is read with its GPU and what it takes', () => {
  const log = said('gemm', 'sm_75') + said('gemm', 'sm_90a', 8);
  expect(compiledKernels(log)).toEqual([kernel('gemm', 'sm_75'), { ...kernel('gemm', 'sm_90a'), spilled: 24 }]);
});

it('spills, warnings and products that wait for each other are problems; what a kernel takes is none', () => {
  expect(problemsIn(said('gemm', 'sm_75'))).toEqual([]);
  expect(problemsIn(said('gemm', 'sm_90', 4))).toEqual(['gemm for sm_90 spills: 12 bytes are stored and loaded']);
  const warning = 'a.cu(3): warning #177-D: variable "x" was declared but never referenced';
  const waiting =
    "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized in 'gemm'";
  expect(problemsIn(`${said('gemm', 'sm_80')}${warning}\n${waiting}\n`)).toEqual([warning, waiting]);
});

it('kernels that are missing for a GPU, or that two sources define, are named', () => {
  expect(disorder(new Map([['a.cu', [kernel('f', 'sm_75'), kernel('f', 'sm_80')]]]))).toEqual([]);
  const kernels = new Map([
    ['a.cu', [kernel('f', 'sm_75'), kernel('f', 'sm_80'), kernel('g', 'sm_80')]],
    ['b.cu', [kernel('f', 'sm_90a')]],
    ['c.cu', []],
  ]);
  expect(disorder(kernels)).toEqual([
    'g is there 1 times for 2 GPUs',
    'f is in a.cu and in b.cu',
    'c.cu was compiled to no kernel',
  ]);
});

it('a kernel that is not registered, or in words of nvcc alone, is refused', () => {
  const problemsOf = (text: string) =>
    runRule(deviceKernels, treeOf({ 'native/cuda/kernels/f.cu': text })).problems.map(formatProblem);
  const kernel = 'OCTAVO_KERNEL(f, 32)(int* x) { *x = 1; }\n';
  expect(problemsOf(`${kernel}OCTAVO_REGISTER(f) // __global__`)).toEqual([]);
  expect(problemsOf(kernel)[0]).toContain('defines 1 kernels, and OCTAVO_REGISTER has 0');
  expect(problemsOf('int f;')[0]).toContain('defines no kernel');
  expect(problemsOf(`${kernel}OCTAVO_REGISTER(f)\n__shared__ int y;`)[0]).toContain('__shared__ belongs to');
});
