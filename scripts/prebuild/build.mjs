// Builds one target with CMake and Ninja, and puts the binary where the package has it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasDrivers } from './gpu_kernels.mjs';
import { problemsOf } from './inspect.mjs';
import { fileOf, hostTarget } from './targets.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where a target is built: where `npm test` builds its native tests with the same flags, so that it compiles once. */
function folderOf({ name }) {
  if (name === hostTarget()?.name) return path.join(root, 'build', 'native');
  return path.join(root, 'build', name === 'linux-arm64' ? 'native-arm64' : `prebuild/${name}`);
}

/** Runs a program; throws the end of what it wrote if it fails. */
function run(program, args) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  const output = `${stdout}${stderr}`.trimEnd().split('\n').slice(-60).join('\n');
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${output}`);
  return stdout;
}

/** "GNU 12.2.0", as CMake found it. */
function compilerOf(folder) {
  const files = path.join(folder, 'CMakeFiles');
  const found = readdirSync(files)
    .map((name) => path.join(files, name, 'CMakeCXXCompiler.cmake'))
    .find((file) => existsSync(file));
  const text = readFileSync(found, 'utf8');
  return ['ID', 'VERSION'].map((key) => new RegExp(`CMAKE_CXX_COMPILER_${key} "(.*)"`).exec(text)?.[1]).join(' ');
}

/**
 * @param {import('./targets.mjs').Target} target
 * @param {import('./toolchains.mjs').Toolchain} toolchain
 * @param {string} prebuilds the folder for all binaries
 * @returns {{ file: string, bytes: number, compiler: string }}
 */
export function buildTarget(target, toolchain, prebuilds) {
  const folder = folderOf(target);
  const results = path.join(folder, 'build', 'Release');
  const definitions = {
    CMAKE_BUILD_TYPE: 'Release',
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: results,
    OCTAVO_ADDON: 'ON',
    OCTAVO_GPU_KERNELS: hasDrivers(target) ? 'ON' : 'OFF',
    ...toolchain.definitions(),
  };
  const options = Object.entries(definitions).map(([key, value]) => `-D${key}=${value}`);
  run('cmake', ['-S', '.', '-B', folder, '-G', 'Ninja', ...options]);
  run('cmake', ['--build', folder, '--target', 'octavo']);
  const built = path.join(results, 'octavo.node');
  const bytes = readFileSync(built);
  const problems = problemsOf(bytes, target);
  if (problems.length > 0) throw new Error(`${built} must not be published: ${problems.join('; ')}`);
  const file = path.join(prebuilds, fileOf(target));
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(built, file);
  return { file, bytes: bytes.length, compiler: compilerOf(folder) };
}
