// The steps of the CUDA backend's native tests, on the emulated GPU and on a real one.
import { cudaTestProgram, DOCTEST, emulatedGpu } from './builds.mjs';
import { grid } from './native_steps.mjs';

/** The tests of build/<name> on its emulated GPU. */
const onEmulatedGpu = (name, env = {}) => ({
  run: ['node', 'scripts/test/native_test_files.mjs', cudaTestProgram(name), 'test/native/cuda'],
  env: { ...emulatedGpu(name), ...env },
  counts: 'doctest',
});

/**
 * @param {boolean} all whole grids with sanitizers too
 * @returns {import('../steps.mjs').NamedStep[]}
 */
export const cudaSteps = (all) => [
  {
    name: 'native tests, emulated GPU',
    tools: ['cmake', 'ninja', DOCTEST],
    needs: ['native tests'],
    commands: [onEmulatedGpu('native')],
  },
  {
    name: 'native tests, emulated GPU, ASan and UBSan',
    tools: ['cmake', 'ninja', 'clang++-19', DOCTEST],
    needs: ['native tests, ASan and UBSan'],
    commands: [onEmulatedGpu('asan', grid(all))],
  },
  {
    // says so where there is no nvcc
    name: 'device code',
    tools: [],
    commands: [{ run: ['node', 'scripts/test/device_code.mjs', ...(all ? ['--table'] : [])], counts: 'summary' }],
  },
  {
    // says so, and that it skipped them, where there is none
    name: 'native tests, GPU',
    tools: ['cmake', 'ninja', DOCTEST],
    needs: ['native tests'],
    commands: [{ run: [cudaTestProgram('native')], counts: 'doctest' }],
  },
];
