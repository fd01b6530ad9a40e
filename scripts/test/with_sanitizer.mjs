// Runs a Node program under a sanitizer's runtime, with the addon that was built for it.
// Usage: node scripts/test/with_sanitizer.mjs asan|tsan <folder that has build/Release/octavo.node> <script> [arguments]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64' };

const OPTIONS = {
  // Node itself keeps memory until it ends; what matters here are accesses.
  asan: { ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1' },
  // What Node's own code does in between is not seen, nor are the locks that it takes. A process ends with its first race.
  tsan: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1 halt_on_error=1' },
};

const [sanitizer, folder, ...args] = process.argv.slice(2);
if (!Object.hasOwn(OPTIONS, sanitizer) || args.length === 0)
  throw new Error('usage: with_sanitizer.mjs asan|tsan <folder> <script> [arguments]');
const addon = path.resolve(folder, 'build', 'Release', 'octavo.node');
if (!existsSync(addon)) throw new Error(`${addon} does not exist`);

const library = `libclang_rt.${sanitizer}-${ARCHITECTURES[process.arch]}.so`;
const runtime = execFileSync('clang++-19', [`-print-file-name=${library}`], { encoding: 'utf8' }).trim();
const env = {
  ...process.env,
  ...OPTIONS[sanitizer],
  LD_PRELOAD: runtime,
  // Here, instead of in the package, octavo looks for its addon.
  OCTAVO_PREBUILD: path.resolve(folder),
};
const { status, signal } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
if (signal !== null) console.error(`ended by ${signal}`);
process.exitCode = status ?? 1;
