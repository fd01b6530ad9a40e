// The steps that make the package as it would be published, and test what is in it.
import path from 'node:path';
import { TARGETS as ALL_TARGETS } from '../../prebuild/targets.mjs';
import { vitest } from './vitest_steps.mjs';

const bin = (name) => path.join('node_modules', '.bin', name);

const TARGETS = ALL_TARGETS.map(({ name }) => name);

/** What Debian's compilers build in a minute or two. */
const CROSS_TARGETS = ['linux-x64', 'linux-arm64', 'win32-x64'];
const named = (option, all) => (all ? TARGETS : CROSS_TARGETS).flatMap((name) => [option, name]);

const MINGW = ['x86_64-w64-mingw32-g++-posix', 'x86_64-w64-mingw32-dlltool'];

/** Binaries for other systems too, each checked by what it says of itself. With zig it takes minutes. */
const prebuiltBinaries = (folder, all) => ({
  name: 'prebuilt binaries',
  tools: ['cmake', 'ninja', 'c++', 'aarch64-linux-gnu-g++', ...MINGW],
  runtimes: all ? ['zig'] : [],
  commands: [
    {
      run: ['node', 'scripts/prebuild.mjs', '--out', folder, ...named('--only', all)],
    },
  ],
});

/**
 * @param {string} scratch a folder for the package and for reports
 * @param {boolean} all with the binaries for every system
 * @returns {import('../steps.mjs').NamedStep[]}
 */
export function packageSteps(scratch, all) {
  const packages = path.join(scratch, 'packages');
  const tarball = path.join(packages, 'octavo.tgz');
  const targets = ['--only', 'host', ...named('--also', all)];
  return [
    prebuiltBinaries(path.join(scratch, 'prebuilds'), all),
    {
      name: 'pack',
      tools: ['cmake', 'ninja', 'c++'],
      commands: [{ run: ['node', 'scripts/test/pack.mjs', packages, ...targets] }],
    },
    {
      name: 'package',
      tools: [],
      needs: ['pack'],
      commands: [
        { run: [bin('publint'), 'run', '--strict', tarball] },
        { run: [bin('attw'), '--no-definitely-typed', tarball] },
        vitest(path.join(scratch, 'package.json'), ['test/package', 'test/docs'], { OCTAVO_PACKAGES: packages }),
      ],
    },
  ];
}
