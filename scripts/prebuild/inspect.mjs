// What a prebuilt binary says of itself, and what of that would keep it from running where it should.
import { isElf, readElf } from './elf.mjs';
import { isMachO, readMachO } from './macho.mjs';
import { isPe, readPe } from './pe.mjs';

/**
 * @typedef {object} Binary
 * @property {string} platform as process.platform
 * @property {string} arch as process.arch
 * @property {string[]} exports names that the binary offers, sorted
 * @property {string[]} libraries that must be there
 * @property {string[]} versions of libraries' symbols ("GLIBC_2.28") or of the system ("macOS_11.0") that it needs
 * @property {boolean} stripped without a table of symbols for debuggers
 */

const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/**
 * What zig's linker exports besides, whatever it is told: the operators new and delete, which C++ lets programs replace (and
 * all copies of which macOS makes one), and names of the linker's own.
 */
const EXPORTED_BY_ZIG = /^(_Zn[aw]m|_Zd[al]Pvm?)(St11align_val_t)?$|^(__dso_handle|_mh_dylib_header)$/;

/** The newest versions that the oldest systems have: RHEL 8's glibc and libstdc++ (GCC 8), and macOS 11. */
const NEWEST_VERSIONS = {
  GLIBC: '2.28',
  GLIBCXX: '3.4.25',
  CXXABI: '1.3.11',
  GCC: '7.0.0',
  macOS: '11.0',
};

/** What every system of its kind has, or Node brings. */
const LIBRARIES = {
  glibc:
    /^(libstdc\+\+\.so\.6|libgcc_s\.so\.1|lib(c|m)\.so\.6|libpthread\.so\.0|ld-linux-(x86-64\.so\.2|aarch64\.so\.1))$/,
  musl: /^libc(\.musl-\w+)?\.so(\.1)?$/,
  win32: /^(kernel32|msvcrt|node)\.(dll|exe)$/i,
  darwin: /^\/usr\/lib\/(libSystem\.B|libc\+\+\.1)\.dylib$/,
};

/** @param {Buffer} bytes @returns {Binary} */
export function inspect(bytes) {
  if (isElf(bytes)) return readElf(bytes);
  if (isPe(bytes)) return readPe(bytes);
  if (isMachO(bytes)) return readMachO(bytes);
  throw new Error('neither ELF, PE nor Mach-O of 64 bits');
}

const numbers = (version) => version.split('.').map(Number);

/** True if version `a` is newer than `b`. */
function isNewer(a, b) {
  const [left, right] = [numbers(a), numbers(b)];
  const i = left.findIndex((part, at) => part !== (right[at] ?? 0));
  return i >= 0 && left[i] > (right[i] ?? 0);
}

/** @param {string} symbol for example "GLIBC_2.28" */
function isTooNew(symbol) {
  const [, kind, version] = /^(\w+?)_(\d[\d.]*)$/.exec(symbol) ?? [];
  return kind === undefined || !Object.hasOwn(NEWEST_VERSIONS, kind) || isNewer(version, NEWEST_VERSIONS[kind]);
}

/**
 * Why a binary must not be published as the target's; empty if it may.
 * @param {Buffer} bytes
 * @param {import('./targets.mjs').Target} target
 * @returns {string[]}
 */
export function problemsOf(bytes, target) {
  const found = inspect(bytes);
  const problems = [];
  if (found.platform !== target.platform || found.arch !== target.arch)
    problems.push(`it is for ${found.platform}-${found.arch}`);
  const others = found.exports.filter(
    (name) => !EXPORTS.includes(name) && !(found.platform === 'darwin' && EXPORTED_BY_ZIG.test(name)),
  );
  const lacking = EXPORTS.filter((name) => !found.exports.includes(name));
  if (others.length > 0) problems.push(`it exports ${others.length} names of its own, as ${others[0]}`);
  if (lacking.length > 0) problems.push(`it does not export ${lacking.join(' and ')}`);
  const libraries = found.libraries.filter((name) => !LIBRARIES[target.libc ?? target.platform].test(name));
  if (libraries.length > 0) problems.push(`it needs ${libraries.join(', ')}`);
  const versions = found.versions.filter(isTooNew);
  if (versions.length > 0) problems.push(`it needs ${versions.join(', ')}`);
  if (!found.stripped) problems.push('it has symbols for debuggers');
  return problems;
}
