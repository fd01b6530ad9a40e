// Puts into build/gpu/ what a machine with a GPU, but without Node and without a network, needs beside the checkout's files:
// this machine's Node, the addon, dist/, the packages that octavo needs at run time, the kernels as compiled, and the native
// tests. `scripts/gpu/run.sh` unpacks and runs it there. To be built before: the addon, dist/, and the native tests of
// `npm test` (build/native). Usage: node scripts/gpu/pack.mjs
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cudaTestProgram, DOCTEST } from '../test/steps/builds.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = path.join(root, 'build', 'gpu');
/** What such machines are sent at once, and what of it the checkout's own files are given. */
const LIMIT_BYTES = (64 - 12) << 20;

function run(program, args) {
  const { status, error, stdout } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
  return stdout;
}

/** The folders of the packages that octavo needs at run time, relative to the checkout. */
function runtimePackages() {
  const lines = run('npm', ['ls', '--omit=dev', '--omit=optional', '--omit=peer', '--all', '--parseable']).split('\n');
  const folders = lines.map((line) => path.relative(root, line)).filter((name) => name.startsWith('node_modules'));
  return folders.filter((name) => existsSync(path.join(root, name)));
}

/** Files of the checkout that git does not know, and where they are to lie there. */
function contents() {
  const addon = path.join('build', 'Release', 'octavo.node');
  return new Map([
    ...['dist', addon, path.join('build', 'cuda'), ...runtimePackages()].map((name) => [name, name]),
    [cudaTestProgram('native'), path.join('build', 'gpu', 'octavo_cuda_tests')],
    [DOCTEST, path.join('build', 'gpu', 'doctest', 'doctest.h')],
  ]);
}

function pack(staging) {
  for (const [from, to] of contents()) {
    const source = path.resolve(root, from);
    if (!existsSync(source)) throw new Error(`${from} is missing: build it first`);
    cpSync(source, path.join(staging, to), { recursive: true, filter: (file) => !/\.(d\.m?ts|map)$/.test(file) });
  }
  run('strip', [path.join(staging, 'build', 'Release', 'octavo.node')]);
  run('tar', ['-czf', path.join(folder, 'octavo.tgz'), '-C', staging, '.']);
  writeFileSync(path.join(folder, 'node.gz'), gzipSync(readFileSync(process.execPath)));
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const staging = mkdtempSync(path.join(tmpdir(), 'octavo-gpu-'));
try {
  pack(staging);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
const sizes = ['octavo.tgz', 'node.gz'].map((name) => statSync(path.join(folder, name)).size);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`build/gpu: ${(total / 2 ** 20).toFixed(1)} MiB; there: bash scripts/gpu/run.sh`);
if (total > LIMIT_BYTES) {
  console.error(`that is more than ${LIMIT_BYTES >> 20} MiB`);
  process.exitCode = 1;
}
