// The steps of the CUDA backend's native tests, on the emulated GPU and on a real one.
import { cudaTestProgram, DOCTEST, emulatedGpu } from './builds.mjs';

/** The tests of build/<name> on its emulated GPU. */
const onEmulatedGpu = (name) => ({
  run: ['node', 'scripts/test/native_test_files.mjs', cudaTestProgram(name), 'test/native/cuda'],
  env: emulatedGpu(name),
  counts: 'doctest',
});

/** @type {import('../steps.mjs').NamedStep[]} */
export const CUDA_STEPS = [
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
    commands: [onEmulatedGpu('asan')],
  },
  {
    // says so, and that it skipped them, where there is none
    name: 'native tests, GPU',
    tools: ['cmake', 'ninja', DOCTEST],
    needs: ['native tests'],
    commands: [{ run: [cudaTestProgram('native')], counts: 'doctest' }],
  },
];
