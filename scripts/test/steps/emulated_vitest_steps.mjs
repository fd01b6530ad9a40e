// The steps that run vitest on emulated CPUs: an arm64 Node on one without dot products, this Node on one without AVX-512.
import path from 'node:path';
import { ONNX_BUT_CASES, vitest } from './vitest_steps.mjs';

/** Tests whose outcome a CPU could change. `npm run test:all` takes all that work under an emulator. */
const OF_THE_CPU = [
  'test/golden/',
  'test/matmul/',
  'test/quantize/',
  'test/tensor/',
  'test/calibrate/histogram.test.ts',
  'test/calibrate/observer.test.ts',
  'test/addon/facade_memory.test.ts',
  'test/onnx/operators/standard_cases.test.ts',
];

/**
 * What else is run for an architecture that no other step has: on x64 layers run as they are with the kernels that a Haswell has, and the
 * golden outputs hold each of their forms under the emulator as well. On arm64 those of int8 and float32 weights and what is read from
 * the machine; the other forms' kernels are native tests there.
 */
const BEYOND_GOLDEN = {
  x64: [],
  arm64: ['embedding', 'linear', 'outlier_linear', 'quantized_linear', 'quantized_linear_values'].map(
    (name) => `test/linear/${name}.test.ts`,
  ),
};

/** What says nothing about the product where an emulator runs it. */
const UNDER_ANY_EMULATOR = [
  // measure or limit the process's memory, which is the emulator's
  'test/matmul/view_memory.test.ts',
  'test/addon/out_of_memory.test.ts',
  // counts the weights of its process, which has other test files beside it here
  'test/matmul/own_weights.test.ts',
  // hold times, or wait for what takes minutes here
  'test/{bench,concurrency,demo}/**',
  'test/cli/bench_command.test.ts',
  // interrupt a command, of which the emulator is another process
  'test/cli/main.test.ts',
  'test/cli/quantize_command.test.ts',
  // set variables of a process of their own, and emulate a GPU, not a CPU
  'test/cuda/**',
  // what runs the tests and checks, and no line of the package
  'test/{scripts,types}/**',
  // seconds without an emulator, most of it in onnxruntime
  ONNX_BUT_CASES,
  'test/onnx/operators/onnxruntime.test.ts',
  'test/weights/real_layers.test.ts',
];

const EXCLUDED = {
  x64: UNDER_ANY_EMULATOR,
  arm64: [
    ...UNDER_ANY_EMULATOR,
    // onnxruntime's library ends the process when it is loaded under qemu-aarch64
    'test/tensor/onnxruntime_tensors.test.ts',
    'test/addon/handles.test.ts',
  ],
};

/** Vitest on an emulated CPU: in threads, which share what the emulator has translated. */
function emulatedVitest(cpu, arch, { scratch, all }) {
  const excluded = EXCLUDED[arch].flatMap((pattern) => ['--exclude', pattern]);
  const slower = ['--pool=threads', '--maxWorkers=100%', '--testTimeout=600000', '--hookTimeout=600000'];
  const report = path.join(scratch, `vitest-${cpu}.json`);
  const { run, ...rest } = vitest(report, [
    ...slower,
    ...excluded,
    ...(all ? [] : [...OF_THE_CPU, ...BEYOND_GOLDEN[arch]]),
  ]);
  return { run: ['node', 'scripts/test/emulated_node.mjs', cpu, ...run.slice(1)], ...rest };
}

/**
 * @param {string} scratch a folder for reports
 * @param {boolean} all every test that works under an emulator
 * @returns {import('../steps.mjs').NamedStep[]}
 */
export const emulatedVitestSteps = (scratch, all) => [
  {
    name: 'vitest, emulated Haswell',
    tools: ['qemu-x86_64'],
    commands: [emulatedVitest('Haswell', 'x64', { scratch, all })],
  },
  {
    name: 'vitest, emulated Cortex-A72',
    tools: ['qemu-aarch64', 'cmake', 'ninja', 'aarch64-linux-gnu-g++'],
    runtimes: ['node20-linux-arm64', 'vitest-linux-arm64'],
    needs: ['native tests, emulated arm64'],
    commands: [emulatedVitest('cortex-a72', 'arm64', { scratch, all })],
  },
];
