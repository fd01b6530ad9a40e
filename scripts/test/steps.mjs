// The steps of `npm test`, in order; those of a subject are in steps/.
import path from 'node:path';
import { cudaSteps } from './steps/cuda_steps.mjs';
import { emulatedVitestSteps } from './steps/emulated_vitest_steps.mjs';
import { nativeSteps } from './steps/native_steps.mjs';
import { packageSteps } from './steps/package_steps.mjs';
import { vitestSteps } from './steps/vitest_steps.mjs';

/** node-gyp compiles one file at a time unless it is told otherwise. */
const PARALLEL = { JOBS: 'max' };

/** @typedef {import('./run_steps.mjs').NamedStep} NamedStep */

/**
 * Much of either is a single process for long. The arm64 addon of the emulated tests is one of those that are built for the package:
 * nothing loads it meanwhile.
 */
function besideEachOther([haswell, cortexA72], [prebuilt, pack, ...packed]) {
  const beside = ({ name }, steps) => steps.map((step) => ({ ...step, beside: name }));
  return [haswell, ...beside(haswell, [prebuilt, pack]), cortexA72, ...beside(cortexA72, packed)];
}

/**
 * @param {string} scratch a folder for reports and packages
 * @param {boolean} [all] everything on everything, instead of what fits into minutes
 * @returns {NamedStep[]}
 */
export const makeSteps = (scratch, all = false) => [
  {
    name: 'build: addon',
    tools: ['c++', 'make', 'python3'],
    required: true,
    commands: [{ run: ['npm', 'run', 'build'], env: PARALLEL }],
  },
  {
    name: 'build: types and scripts',
    tools: [],
    required: true,
    commands: [
      { run: [path.join('node_modules', '.bin', 'tsc'), '-p', '.'] },
      { run: ['node', 'scripts/bundle.mjs'], counts: 'none' },
    ],
  },
  { name: 'check', tools: [], commands: [{ run: ['node', 'scripts/check.mjs'], counts: 'summary' }] },
  { name: 'start', tools: [], commands: [{ run: ['npm', 'start'] }] },
  ...nativeSteps(all),
  ...cudaSteps(all),
  ...vitestSteps(scratch, all),
  ...besideEachOther(emulatedVitestSteps(scratch, all), packageSteps(scratch, all)),
];
