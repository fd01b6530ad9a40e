// The steps that make the package as it would be published, and test what is in it.
import path from 'node:path';
import { vitest } from './vitest_steps.mjs';

const bin = (name) => path.join('node_modules', '.bin', name);

/** node-gyp compiles one file at a time unless it is told otherwise. */
export const PARALLEL = { JOBS: 'max' };

/**
 * @param {string} scratch a folder for the package and for reports
 * @returns {import('../steps.mjs').NamedStep[]}
 */
export function packageSteps(scratch) {
  const tarball = path.join(scratch, 'octavo.tgz');
  return [
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
}
