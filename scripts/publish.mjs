// Publishes what scripts/test/pack.mjs has packed: the packages with binaries first, then octavo, which depends on them. What npm has
// already is passed over, so that a release which was cut short can be run again.
// Usage: node scripts/publish.mjs <folder of the tarballs> <version, as v1.2.3> [-- options of npm publish, as --dry-run]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageOf, TARGETS } from './prebuild/targets.mjs';

const manifestIn = (tarball) =>
  JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }));

/** The tarballs in the order in which they are published; throws where one is not there, or is not what it should be. */
function readPackages(folder, version) {
  const wanted = TARGETS.map((target) => [packageOf(target), path.join(folder, 'platforms', `${target.name}.tgz`)]);
  return [...wanted, ['octavo', path.join(folder, 'octavo.tgz')]].map(([name, tarball]) => {
    if (!existsSync(tarball)) throw new Error(`${tarball} is not there`);
    const found = manifestIn(tarball);
    if (found.name !== name || found.version !== version)
      throw new Error(`${tarball} is ${found.name} ${found.version}, expected ${name} ${version}`);
    return { name, tarball: path.resolve(tarball) };
  });
}

/** True where npm has this version; a registry that cannot be asked ends the program. */
function isPublished(name, version) {
  const { status, stdout, stderr } = spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' });
  if (status === 0) return stdout.trim() === version;
  if (/\bE404\b/.test(stderr)) return false;
  throw new Error(`npm view ${name}@${version} ended with ${status}\n${stderr}`);
}

const [folder, tag, ...options] = process.argv.slice(2).filter((argument) => argument !== '--');
if (!/^v\d+\.\d+\.\d+$/.test(tag ?? '')) throw new Error('usage: publish.mjs <folder> v<version> [-- options of npm]');
const version = tag.slice(1);
for (const { name, tarball } of readPackages(folder, version)) {
  if (isPublished(name, version)) {
    console.log(`${name}@${version}: npm has it`);
    continue;
  }
  const { status } = spawnSync('npm', ['publish', tarball, '--access', 'public', ...options], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm publish ${tarball} ended with ${status}`);
}
