// The steps that need no Node: what the compilers made, the native tests of each build, and clang-tidy.
import path from 'node:path';
import { ARM64, ASAN, cmakeBuild, DOCTEST, NATIVE, nativeTestProgram } from './builds.mjs';

/**
 * Where all is slow, a reduced grid unless everything is asked for.
 * @param {boolean} all
 * @returns {Record<string, string>}
 */
export const grid = (all) => (all ? {} : { OCTAVO_TEST_GRID: 'reduced' });

/**
 * Builds the native tests in build/<name> and runs them.
 * @param {string} name
 * @param {Record<string, string>} definitions
 * @param {Record<string, string>} [env]
 */
export function nativeTests(name, definitions, env = {}) {
  return [
    ...cmakeBuild(name, { OCTAVO_TESTS: 'ON', ...definitions }),
    { run: ['node', 'scripts/test/native_test_files.mjs', nativeTestProgram(name)], env, counts: 'doctest' },
  ];
}

const emulated = (arch, program, env) => ({
  run: ['node', 'scripts/test/emulated_native_tests.mjs', arch, program],
  env,
  counts: 'doctest',
});

/** @type {import('../steps.mjs').NamedStep[]} */
const PLAIN_STEPS = [
  {
    name: 'kernel symbols',
    tools: ['nm', 'c++'],
    commands: [{ run: ['node', 'scripts/test/kernel_symbols.mjs'] }],
  },
  {
    name: 'inner loops',
    tools: ['objdump', 'c++'],
    commands: [{ run: ['node', 'scripts/test/inner_loops.mjs'] }],
  },
  { name: 'native tests', tools: ['cmake', 'ninja', DOCTEST], commands: nativeTests('native', NATIVE) },
  {
    name: 'native benchmark',
    tools: ['cmake', 'ninja'],
    needs: ['native tests'],
    commands: [{ run: [path.join('build', 'native', 'bench', 'native', 'octavo_bench'), '--seconds', '0.01'] }],
  },
];

/**
 * @param {boolean} all whole grids wherever they are reduced otherwise
 * @returns {import('../steps.mjs').NamedStep[]}
 */
export const nativeSteps = (all) => [
  ...PLAIN_STEPS,
  {
    name: 'native tests, ASan and UBSan',
    tools: ['cmake', 'ninja', 'clang++-19', DOCTEST],
    commands: nativeTests('asan', ASAN, grid(all)),
  },
  {
    // a clang build's commands: clang-tidy stops at flags that are GCC's alone
    name: 'clang-tidy',
    tools: ['cmake', 'ninja', 'clang-tidy-19', 'clang++-19', DOCTEST],
    needs: ['native tests, ASan and UBSan'],
    commands: [{ run: ['node', 'scripts/test/tidy.mjs', path.join('build', 'asan'), ...(all ? ['--all'] : [])] }],
  },
  {
    name: 'native tests, emulated x64',
    tools: ['qemu-x86_64', 'cmake', 'ninja', DOCTEST],
    needs: ['native tests'],
    commands: [emulated('x64', nativeTestProgram('native'), grid(all))],
  },
  {
    name: 'native tests, emulated arm64',
    tools: ['cmake', 'ninja', 'aarch64-linux-gnu-g++', 'qemu-aarch64', DOCTEST],
    commands: [
      ...cmakeBuild('native-arm64', { OCTAVO_TESTS: 'ON', ...ARM64 }),
      emulated('arm64', nativeTestProgram('native-arm64'), grid(all)),
    ],
  },
  {
    name: 'machine code, arm64',
    tools: ['nm', 'aarch64-linux-gnu-objdump'],
    needs: ['native tests, emulated arm64'],
    commands: [
      { run: ['node', 'scripts/test/kernel_symbols.mjs', path.join('build', 'native-arm64'), 'arm64'] },
      { run: ['node', 'scripts/test/inner_loops.mjs', path.join('build', 'native-arm64'), 'arm64'] },
    ],
  },
  {
    name: 'modelled loops, arm64',
    tools: ['llvm-mca-19', 'aarch64-linux-gnu-objdump'],
    needs: ['native tests, emulated arm64'],
    commands: [{ run: ['node', 'scripts/model/main.mjs'] }],
  },
];
