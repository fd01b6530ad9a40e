// The CMake builds in which tests run: what they are configured with, and where their results lie.
import path from 'node:path';

/** The header of doctest, which is all there is of it. */
export const DOCTEST = '/usr/include/doctest/doctest.h';

/**
 * Configures and builds build/<name>.
 * @param {string} name
 * @param {Record<string, string>} definitions
 */
export function cmakeBuild(name, definitions) {
  const folder = path.join('build', name);
  const options = Object.entries(definitions).map(([key, value]) => `-D${key}=${value}`);
  return [
    { run: ['cmake', '-S', '.', '-B', folder, '-G', 'Ninja', ...options], counts: 'none' },
    { run: ['cmake', '--build', folder], counts: 'none' },
  ];
}

/**
 * The program of native tests in build/<name>.
 * @param {string} name
 */
export const nativeTestProgram = (name) => path.join('build', name, 'test', 'native', 'octavo_native_tests');

/**
 * The program of the CUDA backend's tests in build/<name>.
 * @param {string} name
 */
export const cudaTestProgram = (name) => path.join('build', name, 'test', 'native', 'cuda', 'octavo_cuda_tests');

/**
 * The variables with which a process has the emulated GPU of build/<name>. Its kernels are inside: any file does for those of
 * a real one.
 * @param {string} name
 */
export function emulatedGpu(name) {
  const folder = path.resolve('build', name, 'emulated_gpu');
  return {
    OCTAVO_CUDA_DRIVER: path.join(folder, 'libemulated_cuda.so'),
    OCTAVO_CUDA_KERNELS: 'package.json',
    OCTAVO_TEST_CUBLASLT: path.join(folder, 'libemulated_cublaslt.so'),
  };
}

/** An addon lies where OCTAVO_PREBUILD finds one: below build/<name>. */
const withAddon = (name) => ({
  CMAKE_LIBRARY_OUTPUT_DIRECTORY: path.resolve('build', name, 'build', 'Release'),
  OCTAVO_ADDON: 'ON',
});

const PRECOMPILE = { OCTAVO_PRECOMPILE: 'ON' };

/** Of debug information only lines, which reports name: all of it made an addon of 170 MB, which every process loads. */
const sanitized = (name) => ({
  ...PRECOMPILE,
  CMAKE_CXX_COMPILER: 'clang++-19',
  CMAKE_BUILD_TYPE: 'Debug',
  CMAKE_CXX_FLAGS_DEBUG: '-gline-tables-only',
  ...withAddon(name),
});

export const NATIVE = { ...PRECOMPILE, CMAKE_BUILD_TYPE: 'Release', OCTAVO_ADDON: 'ON', OCTAVO_BENCH: 'ON' };

// Without optimization, but for kernels (see CMakeLists.txt): most of it is compiled once and run for seconds.
export const ASAN = {
  ...sanitized('asan'),
  CMAKE_SHARED_LINKER_FLAGS: '-shared-libasan',
  OCTAVO_SANITIZE: 'address,undefined',
};

// The addon is never unloaded: variables of a copy that comes to lie where another was would seem to be its own. Kernels of
// instruction sets have no checks inside, so that those of the plain build do.
export const TSAN = {
  ...sanitized('tsan'),
  CMAKE_CXX_FLAGS_DEBUG: '-O1 -gline-tables-only',
  CMAKE_SHARED_LINKER_FLAGS: '-shared-libsan -Wl,-z,nodelete',
  OCTAVO_SANITIZE: 'thread',
  OCTAVO_KERNELS: path.resolve('build', 'native', 'liboctavo_core.a'),
};

export const ARM64 = {
  ...PRECOMPILE,
  ...withAddon('native-arm64'),
  CMAKE_BUILD_TYPE: 'Release',
  CMAKE_SYSTEM_NAME: 'Linux',
  CMAKE_SYSTEM_PROCESSOR: 'aarch64',
  CMAKE_CXX_COMPILER: 'aarch64-linux-gnu-g++',
  CMAKE_CROSSCOMPILING_EMULATOR: 'qemu-aarch64',
};
