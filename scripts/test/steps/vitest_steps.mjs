// The steps that run vitest on the checkout: as it is, under every kernel set, with sanitizers in the addon.
import path from 'node:path';
import { DOCTEST, TSAN } from './builds.mjs';
import { grid, nativeTests } from './native_steps.mjs';

// vite says on every run that it will once load its configuration in another way.
const QUIET = { VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true' };

/**
 * A run of vitest whose report goes to a file of its own.
 * @param {string} report
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
export function vitest(report, args, env = {}) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return {
    run: ['node', 'node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args],
    env: { ...QUIET, ...env },
    counts: { vitest: report },
  };
}

/** Of the tests of ONNX models, the standard's cases of operators are those that native code could change. */
export const ONNX_BUT_CASES = 'test/onnx/{*.test.ts,!(operators)/**,operators/!(standard_cases).test.ts}';

/** Tests that never reach native code, or for which its speed matters; all others also run in the steps below. */
const NO_NATIVE_CALLS = [
  ...['--exclude', 'test/{bench,cli,data_files,demo,idx,loading,page,safetensors,scripts,statistics}/**'],
  ...['--exclude', ONNX_BUT_CASES],
  // mathematics of their own, on sums that test/weights/gram holds to their bound
  ...['--exclude', 'test/weights/{codebook/**,gptq/**,reference_figures.test.ts,real_layers.test.ts}'],
  // programs on pages and examples: processes of their own, which a forced kernel set does not reach
  ...['--exclude', 'test/examples/**'],
  // statistics of codes, of which the golden outputs hold every byte
  ...['--exclude', 'test/turboquant/{papers,updates}/**'],
];

/** What else does not depend on the kernel set: jobs and their pool, files, GPUs; what runs every set itself. */
const ANY_KERNEL_SET = [
  '--exclude',
  'test/{checkpoint,concurrency,runtime}/**',
  '--exclude',
  'test/calibrate/*{sketch_file,federated}*',
  '--exclude',
  'test/cuda/**',
];

/** What says nothing with a sanitizer inside: the memory that it needs is its own, and sets are the native tests'. */
const NOT_SANITIZED = [
  ...['--exclude', 'test/matmul/view_memory.test.ts', '--exclude', 'test/runtime/kernel_sets.test.ts'],
  // a command and an example, whose native calls others make
  ...['--exclude', 'test/cuda/bench.test.ts', '--exclude', 'test/calibrate/federated_calibration.test.ts'],
];

/** Tests of what threads have in common: the pool, its queue, and what worker threads share. */
const OF_THREADS = ['test/concurrency', 'test/storage/share', '--exclude', 'test/concurrency/event_loop.test.ts'];

/** Vitest with the addon of build/<name>, which has that sanitizer inside. */
function sanitizedVitest(name, report, args) {
  const { run, ...rest } = vitest(report, args);
  const program = ['node', 'scripts/test/with_sanitizer.mjs', name, path.join('build', name)];
  return { run: [...program, ...run.slice(1), '--maxWorkers=100%', '--testTimeout', '120000'], ...rest };
}

/**
 * @param {string} scratch a folder for reports
 * @param {boolean} all whole grids, and what says little with a sanitizer inside
 * @returns {import('../steps.mjs').NamedStep[]}
 */
export const vitestSteps = (scratch, all) => [
  { name: 'vitest', tools: [], commands: [vitest(path.join(scratch, 'vitest.json'), [])] },
  {
    name: 'vitest, other kernel sets',
    tools: [],
    commands: [
      {
        run: ['node', 'scripts/test/each_kernel_set.mjs', scratch, ...NO_NATIVE_CALLS, ...ANY_KERNEL_SET],
        env: QUIET,
        counts: 'summary',
      },
    ],
  },
  {
    // the tests that reach native code, with the addon of the build that has sanitizers inside
    name: 'addon under ASan and UBSan',
    tools: ['clang++-19'],
    needs: ['native tests, ASan and UBSan'],
    commands: [
      sanitizedVitest('asan', path.join(scratch, 'addon-asan.json'), [
        ...NO_NATIVE_CALLS,
        ...(all ? [] : NOT_SANITIZED),
      ]),
    ],
  },
  {
    // the native tests and those of threads, with a build that reports data races
    name: 'threads under TSan',
    tools: ['cmake', 'ninja', 'clang++-19', DOCTEST],
    needs: ['native tests'],
    commands: [
      ...nativeTests('tsan', TSAN, grid(all)),
      sanitizedVitest('tsan', path.join(scratch, 'addon-tsan.json'), OF_THREADS),
    ],
  },
];
