// Which compiler builds which target on this machine, as definitions for CMake.
import { missingTool } from '../tools.mjs';
import { hostTarget } from './targets.mjs';
import { makeZig, zigMissing } from './zig.mjs';

/** @typedef {import('./targets.mjs').Target} Target */

/**
 * @typedef {object} Toolchain
 * @property {string} name
 * @property {() => string | undefined} missing what it lacks on this machine
 * @property {() => Record<string, string>} definitions for CMake; makes the files that they name
 */

const PROCESSORS = { x64: 'x86_64', arm64: 'aarch64' };

/** A system other than this machine's. */
const cross = (system, arch) => ({ CMAKE_SYSTEM_NAME: system, CMAKE_SYSTEM_PROCESSOR: PROCESSORS[arch] });

/** Debug symbols are no part of what is published. */
const STRIP = '-s';

/** This machine's GCC or clang, which CMake finds. On musl the C++ library goes inside: Alpine has none unless it is asked for. */
const nativeUnix = ({ libc }) => ({
  name: process.env.CXX ?? 'c++',
  missing: () => missingTool([process.env.CXX ?? 'c++']),
  definitions: () => ({
    CMAKE_SHARED_LINKER_FLAGS: libc === 'musl' ? `${STRIP} -static-libstdc++ -static-libgcc` : STRIP,
  }),
});

/** Debian's cross compilers for glibc. */
const crossGcc = ({ arch }) => {
  const compiler = `${PROCESSORS[arch]}-linux-gnu-g++`;
  return {
    name: compiler,
    missing: () => missingTool([compiler]),
    definitions: () => ({
      ...cross('Linux', arch),
      CMAKE_CXX_COMPILER: compiler,
      CMAKE_SHARED_LINKER_FLAGS: STRIP,
    }),
  };
};

const mingw = () => {
  const compiler = 'x86_64-w64-mingw32-g++-posix';
  const dlltool = 'x86_64-w64-mingw32-dlltool';
  return {
    name: compiler,
    missing: () => missingTool([compiler, dlltool]),
    definitions: () => ({
      ...cross('Windows', 'x64'),
      CMAKE_CXX_COMPILER: compiler,
      CMAKE_DLLTOOL: dlltool,
      // Windows aligns the stack to 16 bytes, and GCC trusts that vectors which it keeps there lie better (its bug 54412).
      CMAKE_CXX_FLAGS: '-Wa,-muse-unaligned-vector-move',
      CMAKE_SHARED_LINKER_FLAGS: `${STRIP} -static`,
      OCTAVO_PRECOMPILE: 'ON',
    }),
  };
};

/** Microsoft's own compiler has no instructions in assembly, which the kernels need: clang takes its place. */
const clangCl = () => ({
  name: 'clang-cl',
  missing: () => missingTool(['clang-cl.exe', 'llvm-lib.exe']),
  definitions: () => ({
    CMAKE_CXX_COMPILER: 'clang-cl',
    CMAKE_AR: 'llvm-lib',
    CMAKE_MSVC_RUNTIME_LIBRARY: 'MultiThreaded',
  }),
});

const appleClang = ({ arch }) => ({
  name: 'Apple clang',
  missing: () => missingTool(['clang++']),
  definitions: () => ({
    CMAKE_CXX_COMPILER: 'clang++',
    CMAKE_OSX_ARCHITECTURES: arch === 'x64' ? 'x86_64' : arch,
    CMAKE_OSX_DEPLOYMENT_TARGET: '11.0',
    CMAKE_SYSTEM_NAME: 'Darwin',
    CMAKE_SYSTEM_PROCESSOR: arch === 'x64' ? 'x86_64' : arch,
    CMAKE_SHARED_LINKER_FLAGS: '-Wl,-S,-x',
  }),
});

const zig = (target) => ({
  name: 'zig',
  missing: zigMissing,
  definitions: () => ({
    ...cross(target.platform === 'darwin' ? 'Darwin' : 'Linux', target.arch),
    ...makeZig(target),
    CMAKE_SHARED_LINKER_FLAGS: STRIP,
    // What CMake would look for on a Mac and nothing here calls.
    ...(target.platform === 'darwin' ? { CMAKE_INSTALL_NAME_TOOL: 'true', CMAKE_OSX_SYSROOT: '' } : {}),
  }),
});

/**
 * @param {Target} target
 * @returns {Toolchain}
 */
export function toolchainOf(target) {
  const host = hostTarget();
  if (target.platform === 'darwin') return process.platform === 'darwin' ? appleClang(target) : zig(target);
  if (target.platform === 'win32') return process.platform === 'win32' ? clangCl() : mingw();
  if (target.name === host?.name) return nativeUnix(target);
  return target.libc === 'musl' ? zig(target) : crossGcc(target);
}
