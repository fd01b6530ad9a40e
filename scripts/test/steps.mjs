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
 * What runs beside a step that leaves CPUs idle. The arm64 addon of the emulated tests is one of those that are built for the package:
 * nothing loads it meanwhile.
 * @type {Record<string, string[]>}
 */
const BESIDE = {
  'native tests, emulated arm64': ['native tests, emulated x64'],
  'vitest, emulated Haswell': ['threads under TSan', 'prebuilt binaries', 'pack'],
  'vitest, emulated Cortex-A72': ['package'],
};

/** Steps in their order, but for those that run beside another one: they are right behind it. */
function besideEachOther(steps) {
  const named = (name) => steps.find((step) => step.name === name);
  const moved = Object.values(BESIDE).flat().map(named);
  return steps
    .filter((step) => !moved.includes(step))
    .flatMap((step) => [step, ...(BESIDE[step.name] ?? []).map((name) => ({ ...named(name), beside: step.name }))]);
}

/**
 * @param {string} scratch a folder for reports and packages
 * @param {boolean} [all] everything on everything, instead of what fits into minutes
 * @returns {NamedStep[]}
 */
export const makeSteps = (scratch, all = false) => besideEachOther(allSteps(scratch, all));

const allSteps = (scratch, all) => [
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
  ...emulatedVitestSteps(scratch, all),
  ...packageSteps(scratch, all),
];
