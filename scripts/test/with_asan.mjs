// Runs a Node program under AddressSanitizer's runtime, with the addon that was built for it.
// Usage: node scripts/test/with_asan.mjs <folder that has build/Release/octavo.node> <script> [arguments]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const RUNTIMES = { x64: 'libclang_rt.asan-x86_64.so', arm64: 'libclang_rt.asan-aarch64.so' };

const [folder, ...args] = process.argv.slice(2);
if (args.length === 0) throw new Error('usage: with_asan.mjs <folder> <script> [arguments]');
const addon = path.resolve(folder, 'build', 'Release', 'octavo.node');
if (!existsSync(addon)) throw new Error(`${addon} does not exist`);

const runtime = execFileSync('clang++-19', [`-print-file-name=${RUNTIMES[process.arch]}`], { encoding: 'utf8' }).trim();
const env = {
  ...process.env,
  LD_PRELOAD: runtime,
  // Node itself keeps memory until it ends; what matters here are accesses.
  ASAN_OPTIONS: 'detect_leaks=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  // node-gyp-build looks here first.
  OCTAVO_PREBUILD: path.resolve(folder),
};
const { status, signal } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
if (signal !== null) console.error(`ended by ${signal}`);
process.exitCode = status ?? 1;
