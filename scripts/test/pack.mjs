// Makes the tarball that would be published, from a copy of the checkout: prebuilt binary, compiled TypeScript, npm pack.
// Usage: node scripts/test/pack.mjs <file for the tarball> [--from <folder of binaries> | options of prebuild.mjs]
// The checkout's own dist/ is left alone.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree } from '../check/tree.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

function run(cwd, command, args) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

/** Copies the project's files; node_modules is linked, so npm must not be asked to change it. */
function copyCheckout(target) {
  for (const file of readTree(root).files) {
    mkdirSync(path.join(target, path.dirname(file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(target, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(target, 'node_modules'), 'dir');
}

/** Binaries that are there already, or new ones. */
function putBinaries(folder, options) {
  const [option, source] = options;
  if (option === '--from') cpSync(source, folder, { recursive: true });
  else run(root, 'node', ['scripts/prebuild.mjs', ...options, '--out', folder]);
}

const [destination, ...options] = process.argv.slice(2);
if (destination === undefined)
  throw new Error('usage: pack.mjs <file for the tarball> [--from <folder> | options of prebuild.mjs]');
const copy = mkdtempSync(path.join(tmpdir(), 'octavo-pack-'));
try {
  copyCheckout(copy);
  putBinaries(path.join(copy, 'prebuilds'), options);
  run(copy, 'npm', ['run', 'prepare']);
  run(copy, 'npm', ['run', 'prepack']);
  // They are for checkouts: a package that has none gives npm nothing to warn of.
  run(copy, 'npm', ['pkg', 'delete', 'scripts']);
  run(copy, 'npm', ['pack', '--loglevel=warn']);
  const tarball = readdirSync(copy).find((name) => name.endsWith('.tgz'));
  copyFileSync(path.join(copy, tarball), destination);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
