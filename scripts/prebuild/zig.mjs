// zig as a compiler for other systems: it brings their headers and libraries. npm carries it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installRuntime } from '../test/runtimes.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const SYSTEMS = {
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-musl': 'aarch64-linux-musl',
  'darwin-x64': 'x86_64-macos.11.0',
  'darwin-arm64': 'aarch64-macos.11.0',
};

/** What keeps zig from being used here, if anything does. Installs it. */
export function zigMissing() {
  return installRuntime('zig').missing;
}

/** A shell script; CMake wants programs without arguments. */
function writeProgram(file, lines) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
  return file;
}

/** zig names ARM CPUs, not architectures: GCC's -march=armv8.2-a+x is its -mcpu=generic+x. */
const REWRITE_ARCHITECTURE = [
  'n=$#; i=0',
  'while [ $i -lt $n ]; do a=$1; shift; i=$((i+1))',
  'case $a in -march=armv8*-a+*) a="-mcpu=generic+$(printf %s "$a" | cut -d + -f 2-)";; esac',
  'set -- "$@" "$a"; done',
];

/**
 * Writes the programs that CMake calls for a target; their names as definitions for CMake.
 * @param {import('./targets.mjs').Target} target
 */
export function makeZig({ name }) {
  const zig = installRuntime('zig').path;
  const folder = path.join(root, 'build', 'prebuild', 'zig');
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const environment = [
    `export ZIG_LIB_DIR=${quote(path.join(path.dirname(zig), '..', '..', 'lib'))}`,
    `export ZIG_GLOBAL_CACHE_DIR=${quote(path.join(folder, 'cache'))} ZIG_LOCAL_CACHE_DIR=${quote(path.join(folder, 'cache'))}`,
  ];
  // Without warnings: zig's own headers have thousands.
  const compiler = `exec ${quote(zig)} c++ -w -target ${SYSTEMS[name]} "$@"`;
  const program = (tool) => writeProgram(path.join(folder, tool), [...environment, `exec ${quote(zig)} ${tool} "$@"`]);
  return {
    CMAKE_CXX_COMPILER: writeProgram(path.join(folder, `c++-${name}`), [
      ...environment,
      ...REWRITE_ARCHITECTURE,
      compiler,
    ]),
    CMAKE_AR: program('ar'),
    CMAKE_RANLIB: program('ranlib'),
  };
}
