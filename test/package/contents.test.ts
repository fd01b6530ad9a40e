// What is in the packed packages, and what is not.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { hasDrivers, hasKernels } from '../../scripts/prebuild/gpu_kernels.mjs';
import { problemsOf } from '../../scripts/prebuild/inspect.mjs';
import { hostTarget, packageOf, TARGETS } from '../../scripts/prebuild/targets.mjs';
import { platformTarball, tarballPath } from './consumer';
import { listTarball, readTarball } from './read_tarball.mjs';

const MEGABYTE = 1024 * 1024;

interface Manifest {
  name: string;
  version: string;
  main: string;
  private?: boolean;
  gypfile?: boolean;
  scripts?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}

const manifestIn = (tarball: string): Manifest => JSON.parse(readTarball(tarball, 'package/package.json').toString());

function megabytes(tarball: string): number {
  const size = statSync(tarball).size / MEGABYTE;
  console.log(
    `packed size: ${size.toFixed(2)} MB, ${listTarball(tarball).length} files of ${manifestIn(tarball).name}`,
  );
  return size;
}

describe('the packed octavo', () => {
  const files = listTarball(tarballPath());
  const manifest = manifestIn(tarballPath());

  it('is at most 3 MB', () => {
    expect(megabytes(tarballPath())).toBeLessThanOrEqual(3);
  });

  it.each([
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'ARCHITECTURE.md',
    'native/binding.gyp',
    'native/sources.json',
    'dist/octavo.js',
    'dist/octavo.mjs',
    'dist/lib/index.d.ts',
    'dist/lib/index.d.mts',
    'dist/onnx.js',
    'dist/onnx.mjs',
    'dist/lib/onnx/index.d.ts',
    'dist/lib/onnx/index.d.mts',
    'dist/weights.js',
    'dist/weights.mjs',
    'dist/lib/weights/index.d.ts',
    'dist/lib/weights/index.d.mts',
    'dist/checkpoint.js',
    'dist/checkpoint.mjs',
    'dist/lib/checkpoint/index.d.ts',
    'dist/lib/checkpoint/index.d.mts',
    'dist/turboquant.js',
    'dist/turboquant.mjs',
    'dist/lib/turboquant/index.d.ts',
    'dist/lib/turboquant/index.d.mts',
    'dist/cuda.js',
    'dist/cuda.mjs',
    'dist/lib/cuda/index.d.ts',
    'dist/lib/cuda/index.d.mts',
    'dist/lib/cli/main.js',
  ])('has %s', (file) => {
    expect(files).toContain(file);
  });

  it('has no binary, and depends on the package of every system in its own version', () => {
    expect(files.filter((file) => /\.node$|^prebuilds/.test(file))).toEqual([]);
    const packages = Object.fromEntries(TARGETS.map((target) => [packageOf(target), version]));
    expect(manifest.optionalDependencies).toEqual(packages);
    expect({ version: manifest.version, private: manifest.private }).toEqual({ version, private: undefined });
  });

  it('runs nothing when it is installed', () => {
    expect(files).not.toContain('binding.gyp'); // else pnpm and Yarn compile, whatever gypfile says to npm
    expect(manifest.gypfile).toBe(false);
    expect(manifest.scripts).toBe(undefined);
  });

  it('has every source that an install from source compiles', () => {
    const list = readTarball(tarballPath(), 'package/native/sources.json').toString();
    const sources = list.match(/native\/[\w/]+\.cc/g) ?? [];
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((file) => !files.includes(file))).toEqual([]);
  });

  it('has no tests, no build folder and no sources of TypeScript', () => {
    const unwanted =
      /(^|\/)(test|tests|build|node_modules|fixtures|\.ci|\.git)\/|\.test\.|(?<!\.d)\.m?ts$|\.js\.map$|\.tgz$|\.o$/;
    expect(files.filter((file) => unwanted.test(file))).toEqual([]);
  });
});

const packed = TARGETS.filter(({ name }) => existsSync(platformTarball(name)));

it('there is a package for this system', () => {
  expect(packed).toContain(hostTarget());
});

describe.each(packed)('the packed binary for $name', (target) => {
  const tarball = platformTarball(target.name);
  const binary = readTarball(tarball, 'package/octavo.node');

  it('is at most 5 MB', () => {
    expect(megabytes(tarball)).toBeLessThanOrEqual(5);
  });

  it('may be published, with its sum', () => {
    expect(problemsOf(binary, target)).toEqual([]);
    const sums = JSON.parse(readTarball(tarball, 'package/checksums.json').toString());
    expect(sums).toEqual({ 'octavo.node': createHash('sha256').update(binary).digest('hex') });
  });

  it('is for its system, runs nothing, and has no other files', () => {
    const { name, version: own, main, os, cpu, libc, scripts, optionalDependencies } = manifestIn(tarball);
    expect({ name, own, main }).toEqual({ name: packageOf(target), own: version, main: 'octavo.node' });
    const wanted = target.libc === undefined ? undefined : [target.libc];
    expect({ os, cpu, libc }).toEqual({ os: [target.platform], cpu: [target.arch], libc: wanted });
    expect({ scripts, optionalDependencies }).toEqual({ scripts: undefined, optionalDependencies: undefined });
    const files = ['LICENSE', 'README.md', 'checksums.json', 'octavo.node', 'package.json'];
    expect(listTarball(tarball).sort()).toEqual(files);
  });

  it('has kernels for GPUs where there can be a driver, and nvcc was found', () => {
    const list = path.join(__dirname, '..', '..', 'build', 'cuda', 'kernel_images.inc');
    if (!hasDrivers(target)) expect(hasKernels(binary)).toBe(false);
    else if (existsSync(list)) expect(hasKernels(binary)).toBe(statSync(list).size > 0);
  });

  it('asks for no buffers around native memory, which Electron refuses', () => {
    const text = binary.toString('latin1');
    expect(text).toContain('napi_create_reference');
    expect(text).not.toMatch(/napi_create_external_(arraybuffer|buffer)/);
  });
});
