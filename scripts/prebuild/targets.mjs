// What prebuilt binaries there are, and where lib/loading looks for each: the file octavo.node in a clone's prebuilds/<name>, or in
// the package @octavo/<name>.

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {'linux' | 'win32' | 'darwin'} platform as process.platform
 * @property {'x64' | 'arm64'} arch as process.arch
 * @property {'glibc' | 'musl'} [libc] on Linux
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  { name: 'linux-x64', platform: 'linux', arch: 'x64', libc: 'glibc' },
  { name: 'linux-arm64', platform: 'linux', arch: 'arm64', libc: 'glibc' },
  { name: 'linux-x64-musl', platform: 'linux', arch: 'x64', libc: 'musl' },
  { name: 'linux-arm64-musl', platform: 'linux', arch: 'arm64', libc: 'musl' },
  { name: 'win32-x64', platform: 'win32', arch: 'x64' },
  { name: 'darwin-x64', platform: 'darwin', arch: 'x64' },
  { name: 'darwin-arm64', platform: 'darwin', arch: 'arm64' },
];

/** @param {Target} target the binary's path below prebuilds/ */
export const fileOf = ({ name }) => `${name}/octavo.node`;

/**
 * The package with a target's binary. In a scope, where nobody else can offer one for a system that has none yet; npm takes names
 * without a scope that end so for spam.
 * @param {Target} target
 */
export const packageOf = ({ name }) => `@octavo/${name}`;

/** The libc of the running Node, undefined where systems have only one. */
function hostLibc() {
  if (process.platform !== 'linux') return undefined;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** This machine as a target; undefined if there is no binary for it. */
export function hostTarget() {
  const libc = hostLibc();
  return TARGETS.find(
    (target) => target.platform === process.platform && target.arch === process.arch && target.libc === libc,
  );
}

/**
 * The targets of these names; "host" is this machine's.
 * @param {readonly string[]} names
 */
export function findTargets(names) {
  return names.map((name) => {
    const target = name === 'host' ? hostTarget() : TARGETS.find((candidate) => candidate.name === name);
    if (target === undefined) {
      const known = TARGETS.map((candidate) => candidate.name).join(', ');
      throw new Error(`no target ${name}, one of: host, ${known}`);
    }
    return target;
  });
}
