// The steps of `npm test`, in order.
import path from 'node:path';

const DOCTEST = '/usr/include/doctest/doctest.h';
const bin = (name) => path.join('node_modules', '.bin', name);

/** Configures and builds build/<name>. */
function cmakeBuild(name, definitions) {
  const folder = path.join('build', name);
  const options = Object.entries(definitions).map(([key, value]) => `-D${key}=${value}`);
  return [
    { run: ['cmake', '-S', '.', '-B', folder, '-G', 'Ninja', ...options], counts: 'none' },
    { run: ['cmake', '--build', folder], counts: 'none' },
  ];
}

/** Builds the native tests in build/<name>, and runs them once in each of the environments. */
function nativeTests(name, definitions, environments = [{}]) {
  const run = ['ctest', '--test-dir', path.join('build', name), '--verbose'];
  return [
    ...cmakeBuild(name, { OCTAVO_TESTS: 'ON', ...definitions }),
    ...environments.map((env) => ({ run, env, counts: 'doctest' })),
  ];
}

/** A run of vitest whose report goes to a file of its own. */
function vitest(report, args, env = {}) {
  return {
    run: [bin('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    // vite says on every run that it will once load its configuration in another way.
    env: { VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true', ...env },
    counts: { vitest: report },
  };
}

/** Tests that never reach native code, or for which its speed matters; all others also run in the steps below. */
const NO_NATIVE_CALLS = ['--exclude', 'test/{bench,cli,demo,idx,loading,safetensors,scripts}/**'];

/** What else does not depend on the kernel set: the queue of jobs, the pool, and what becomes of them. */
const ANY_KERNEL_SET = ['--exclude', 'test/concurrency/**'];

/** Tests of what threads have in common: the pool, its queue, and what worker threads share. */
const OF_THREADS = ['test/concurrency', 'test/storage/share', '--exclude', 'test/concurrency/event_loop.test.ts'];

/** Vitest with the addon of build/<name>, which has that sanitizer inside. */
function sanitizedVitest(name, report, args) {
  const { run, ...rest } = vitest(report, args);
  const program = ['node', 'scripts/test/with_sanitizer.mjs', name, path.join('build', name)];
  const slower = ['--testTimeout', '120000'];
  return { run: [...program, 'node_modules/vitest/vitest.mjs', ...run.slice(1), ...slower], ...rest };
}

/** node-gyp compiles one file at a time unless it is told otherwise. */
const PARALLEL = { JOBS: 'max' };

/** A build of the addon, where OCTAVO_PREBUILD finds one: below build/<name>. */
const sanitizedBuild = (name) => ({
  CMAKE_CXX_COMPILER: 'clang++-19',
  CMAKE_BUILD_TYPE: 'Debug',
  CMAKE_LIBRARY_OUTPUT_DIRECTORY: path.resolve('build', name, 'build', 'Release'),
  OCTAVO_ADDON: 'ON',
});

// Without optimization: with sanitizers inside, the unrolled kernels take minutes to optimize.
const asan = {
  ...sanitizedBuild('asan'),
  CMAKE_SHARED_LINKER_FLAGS: '-shared-libasan',
  OCTAVO_SANITIZE: 'address,undefined',
};

// The addon is never unloaded: variables of a copy that comes to lie where another was would seem to be its own.
const tsan = {
  ...sanitizedBuild('tsan'),
  CMAKE_CXX_FLAGS_DEBUG: '-O1 -g',
  CMAKE_SHARED_LINKER_FLAGS: '-shared-libsan -Wl,-z,nodelete',
  OCTAVO_SANITIZE: 'thread',
};

const arm64 = {
  CMAKE_BUILD_TYPE: 'Release',
  CMAKE_SYSTEM_NAME: 'Linux',
  CMAKE_SYSTEM_PROCESSOR: 'aarch64',
  CMAKE_CXX_COMPILER: 'aarch64-linux-gnu-g++',
  CMAKE_CROSSCOMPILING_EMULATOR: 'qemu-aarch64',
};

const emulated = (cpu) => ({ QEMU_CPU: cpu, QEMU_LD_PREFIX: '/usr/aarch64-linux-gnu' });

/** @typedef {import('./run_step.mjs').Step & { needs?: string[] }} NamedStep */

/** @type {NamedStep[]} */
const NATIVE_STEPS = [
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
  {
    name: 'native tests',
    tools: ['cmake', 'ninja', DOCTEST],
    commands: nativeTests('native', { CMAKE_BUILD_TYPE: 'Release', OCTAVO_ADDON: 'ON', OCTAVO_BENCH: 'ON' }),
  },
  {
    name: 'native benchmark',
    tools: ['cmake', 'ninja'],
    needs: ['native tests'],
    commands: [{ run: [path.join('build', 'native', 'bench', 'native', 'octavo_bench'), '--seconds', '0.01'] }],
  },
  {
    name: 'native tests, ASan and UBSan',
    tools: ['cmake', 'ninja', 'clang++-19', DOCTEST],
    commands: nativeTests('asan', asan),
  },
  {
    // a clang build's commands: clang-tidy stops at flags that are GCC's alone
    name: 'clang-tidy',
    tools: ['cmake', 'ninja', 'clang-tidy-19', 'clang++-19', DOCTEST],
    needs: ['native tests, ASan and UBSan'],
    commands: [{ run: ['node', 'scripts/test/tidy.mjs', path.join('build', 'asan')] }],
  },
  {
    name: 'native tests, arm64',
    tools: ['cmake', 'ninja', 'aarch64-linux-gnu-g++', 'qemu-aarch64', DOCTEST],
    commands: nativeTests('native-arm64', arm64, [emulated('cortex-a72'), emulated('max')]),
  },
  {
    name: 'modelled loops, arm64',
    tools: ['llvm-mca-19', 'aarch64-linux-gnu-objdump'],
    needs: ['native tests, arm64'],
    commands: [{ run: ['node', 'scripts/model/main.mjs'] }],
  },
];

/**
 * The tests that reach native code, with the addon of the build that has sanitizers inside.
 * @param {string} scratch
 * @returns {NamedStep}
 */
const sanitizedAddon = (scratch) => ({
  name: 'addon under ASan and UBSan',
  tools: ['clang++-19'],
  needs: ['native tests, ASan and UBSan'],
  commands: [sanitizedVitest('asan', path.join(scratch, 'addon-asan.json'), NO_NATIVE_CALLS)],
});

/**
 * The native tests and those of threads, with a build that reports data races.
 * @param {string} scratch
 * @returns {NamedStep}
 */
const underTsan = (scratch) => ({
  name: 'threads under TSan',
  tools: ['cmake', 'ninja', 'clang++-19', DOCTEST],
  commands: [...nativeTests('tsan', tsan), sanitizedVitest('tsan', path.join(scratch, 'addon-tsan.json'), OF_THREADS)],
});

/**
 * @param {string} tarball where it is made
 * @param {string} scratch a folder for reports
 * @returns {NamedStep[]}
 */
const packageSteps = (tarball, scratch) => [
  {
    name: 'pack',
    tools: ['c++', 'make', 'python3', 'strip'],
    commands: [{ run: ['node', 'scripts/test/pack.mjs', tarball], env: PARALLEL }],
  },
  {
    name: 'package',
    tools: [],
    needs: ['pack'],
    commands: [
      { run: [bin('publint'), 'run', '--strict', tarball] },
      { run: [bin('attw'), '--no-definitely-typed', tarball] },
      vitest(path.join(scratch, 'package.json'), ['test/package', 'test/docs'], { OCTAVO_TARBALL: tarball }),
    ],
  },
];

/**
 * @param {string} scratch a folder for reports and packages
 * @returns {NamedStep[]}
 */
export const makeSteps = (scratch) => [
  {
    name: 'build: addon',
    tools: ['c++', 'make', 'python3'],
    required: true,
    commands: [{ run: ['npm', 'run', 'build'], env: PARALLEL }],
  },
  { name: 'build: types and scripts', tools: [], required: true, commands: [{ run: [bin('tsc'), '-p', '.'] }] },
  { name: 'check', tools: [], commands: [{ run: ['node', 'scripts/check.mjs'], counts: 'summary' }] },
  { name: 'start', tools: [], commands: [{ run: ['npm', 'start'] }] },
  ...NATIVE_STEPS,
  { name: 'vitest', tools: [], commands: [vitest(path.join(scratch, 'vitest.json'), [])] },
  {
    name: 'vitest, each kernel set',
    tools: [],
    commands: [
      {
        run: ['node', 'scripts/test/each_kernel_set.mjs', scratch, ...NO_NATIVE_CALLS, ...ANY_KERNEL_SET],
        env: { VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true' },
        counts: 'summary',
      },
    ],
  },
  sanitizedAddon(scratch),
  underTsan(scratch),
  ...packageSteps(path.join(scratch, 'octavo.tgz'), scratch),
];
