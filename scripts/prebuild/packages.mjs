// The manifests of what is published: octavo itself, and a package with the binary for each system, of which a package manager
// installs the one whose os, cpu and libc fit. All are of one version.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageOf, TARGETS } from './targets.mjs';

/** @typedef {import('./targets.mjs').Target} Target */

const SYSTEMS = { linux: 'Linux', win32: 'Windows', darwin: 'macOS' };
const BINARY = 'octavo.node';
const CHECKSUMS = 'checksums.json';

const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** "Linux x64 (musl)" */
const systemOf = ({ platform, arch, libc }) => `${SYSTEMS[platform]} ${arch}${libc === undefined ? '' : ` (${libc})`}`;

/** Where the release is built, which npm compares with its provenance; nowhere else is that known. */
function repository() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env;
  return name === undefined ? {} : { repository: { type: 'git', url: `git+${server}/${name}.git` } };
}

/**
 * The manifest that octavo is published with, of that in the checkout: it depends on the package of every system. The scripts are
 * for checkouts; without them npm has nothing to warn of.
 * @param {Record<string, unknown>} manifest
 */
export function publishedManifest(manifest) {
  const { private: _, scripts, ...published } = manifest;
  const packages = TARGETS.map((target) => [packageOf(target), manifest.version]);
  return { ...published, ...repository(), optionalDependencies: Object.fromEntries(packages) };
}

/**
 * The manifest of a target's package.
 * @param {Target} target
 * @param {{ version: string, license: string, engines: object }} manifest octavo's
 */
export function platformManifest(target, { version, license, engines }) {
  return {
    name: packageOf(target),
    version,
    description: `The native binary of octavo for ${systemOf(target)}`,
    license,
    ...repository(),
    main: BINARY,
    files: [CHECKSUMS],
    os: [target.platform],
    cpu: [target.arch],
    ...(target.libc === undefined ? {} : { libc: [target.libc] }),
    engines,
    preferUnplugged: true, // Yarn: no system loads a library out of an archive
  };
}

const readme = (target, version) =>
  `The native binary of octavo ${version} for ${systemOf(target)}, of which the package octavo loads the one that fits.\n` +
  'Install octavo: it depends on this package, which is of no use by itself.\n';

/**
 * Makes a target's package of the folder that has its binary.
 * @param {string} folder
 * @param {Target} target
 * @param {{ version: string, license: string, engines: object }} manifest octavo's
 * @param {string} license the file
 */
export function writePlatformPackage(folder, target, manifest, license) {
  const hash = createHash('sha256').update(readFileSync(path.join(folder, BINARY)));
  writeJson(path.join(folder, CHECKSUMS), { [BINARY]: hash.digest('hex') });
  writeJson(path.join(folder, 'package.json'), platformManifest(target, manifest));
  writeFileSync(path.join(folder, 'README.md'), readme(target, manifest.version));
  copyFileSync(license, path.join(folder, 'LICENSE'));
}
