// Makes the tarball that would be published, from a copy of the checkout: prebuilt binary, compiled TypeScript, npm pack.
// Usage: node scripts/test/pack.mjs <file for the tarball>. The checkout's own build/ and dist/ are left alone.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree } from '../check/tree.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The quick form: the binary for this machine alone. */
const PREBUILD = ['scripts/prebuild.mjs', '--only', 'host'];

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

const [destination] = process.argv.slice(2);
if (destination === undefined) throw new Error('usage: pack.mjs <file for the tarball>');
const copy = mkdtempSync(path.join(tmpdir(), 'octavo-pack-'));
try {
  copyCheckout(copy);
  run(root, 'node', [...PREBUILD, '--out', path.join(copy, 'prebuilds')]);
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
