// Makes what would be published, from a copy of the checkout: octavo.tgz, and platforms/<target>.tgz for each binary.
// Usage: node scripts/test/pack.mjs <folder for the tarballs> [--from <folder of binaries> | options of prebuild.mjs]
// The checkout's own dist/ is left alone.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree } from '../check/tree.mjs';
import { publishedManifest, writePlatformPackage } from '../prebuild/packages.mjs';
import { fileOf, packageOf, TARGETS } from '../prebuild/targets.mjs';

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

/** What npm calls the tarball of a package. */
const tarballOf = (name, version) => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;

/** Packs the copy, and each folder of its prebuilds/ that has a binary, all by one npm, which takes its time to start. */
function packAll(copy, destination) {
  const manifest = JSON.parse(readFileSync(path.join(copy, 'package.json'), 'utf8'));
  const prebuilds = path.join(copy, 'prebuilds');
  const targets = TARGETS.filter((target) => existsSync(path.join(prebuilds, fileOf(target))));
  for (const target of targets)
    writePlatformPackage(path.join(prebuilds, target.name), target, manifest, path.join(copy, 'LICENSE'));
  writeFileSync(path.join(copy, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
  // pnpm and Yarn would compile wherever a package has one of its own; `octavo build` finds it there.
  renameSync(path.join(copy, 'binding.gyp'), path.join(copy, 'native', 'binding.gyp'));
  const folders = ['.', ...targets.map(({ name }) => `./prebuilds/${name}`)];
  run(copy, 'npm', ['pack', '--loglevel=warn', ...folders]);
  mkdirSync(path.join(destination, 'platforms'), { recursive: true });
  const keep = (name, file) =>
    copyFileSync(path.join(copy, tarballOf(name, manifest.version)), path.join(destination, file));
  keep(manifest.name, 'octavo.tgz');
  for (const target of targets) keep(packageOf(target), `platforms/${target.name}.tgz`);
}

const [destination, ...options] = process.argv.slice(2);
if (destination === undefined)
  throw new Error('usage: pack.mjs <folder for the tarballs> [--from <folder> | options of prebuild.mjs]');
const copy = mkdtempSync(path.join(tmpdir(), 'octavo-pack-'));
try {
  copyCheckout(copy);
  putBinaries(path.join(copy, 'prebuilds'), options);
  run(copy, 'npm', ['run', 'prepare']);
  packAll(copy, destination);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
