// What is in the packed tarball, and what is not.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { problemsOf } from '../../scripts/prebuild/inspect.mjs';
import { fileOf, hostTarget, TARGETS } from '../../scripts/prebuild/targets.mjs';
import { tarballPath } from './consumer';

const MEGABYTE = 1024 * 1024;

describe('the packed tarball', () => {
  let files: string[] = [];
  beforeAll(() => {
    const listing = execFileSync('tar', ['-tzf', tarballPath()], { encoding: 'utf8' });
    files = listing
      .trim()
      .split('\n')
      .map((line) => line.replace(/^package\//, ''));
  });

  it('is at most 3 MB, and 1 MB for each binary', () => {
    const bytes = statSync(tarballPath()).size;
    const binaries = files.filter((file) => file.endsWith('.node')).length;
    expect(binaries).toBeGreaterThan(0);
    console.log(`packed size: ${(bytes / MEGABYTE).toFixed(2)} MB, ${files.length} files`);
    expect(bytes).toBeLessThanOrEqual((3 + binaries) * MEGABYTE);
  });

  it.each([
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'ARCHITECTURE.md',
    'binding.gyp',
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
    'dist/lib/cli/main.js',
  ])('has %s', (file) => {
    expect(files).toContain(file);
  });

  it('has binaries that may be published, among them one for this system', () => {
    const binaries = files.filter((file) => file.startsWith('prebuilds/') && file.endsWith('.node'));
    const targets = TARGETS.filter((target) => binaries.includes(`prebuilds/${fileOf(target)}`));
    expect(targets).toHaveLength(binaries.length);
    expect(targets).toContain(hostTarget());
    for (const target of targets) {
      const extract = ['-xzOf', tarballPath(), `package/prebuilds/${fileOf(target)}`];
      const bytes = execFileSync('tar', extract, { maxBuffer: 64 * MEGABYTE });
      console.log(`${target.name}: ${(bytes.length / 1000).toFixed(0)} kB`);
      expect({ name: target.name, problems: problemsOf(bytes, target) }).toEqual({ name: target.name, problems: [] });
    }
  });

  it('has the sum of every binary', () => {
    const sums = execFileSync('tar', ['-xzOf', tarballPath(), 'package/prebuilds/checksums.json'], {
      encoding: 'utf8',
    });
    const binaries = files.filter((file) => file.endsWith('.node')).map((file) => file.replace('prebuilds/', ''));
    expect(Object.keys(JSON.parse(sums)).sort()).toEqual(binaries.sort());
  });

  it('runs nothing when it is installed', () => {
    const text = execFileSync('tar', ['-xzOf', tarballPath(), 'package/package.json'], { encoding: 'utf8' });
    const { scripts = {}, gypfile } = JSON.parse(text) as { scripts?: Record<string, string>; gypfile?: boolean };
    expect(gypfile).toBe(false); // else npm compiles wherever there is a binding.gyp
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });

  it('asks for no buffers around native memory, which Electron refuses', () => {
    for (const file of files.filter((name) => name.endsWith('.node'))) {
      const extract = ['-xzOf', tarballPath(), `package/${file}`];
      const text = execFileSync('tar', extract, { encoding: 'latin1', maxBuffer: 64 * MEGABYTE });
      expect(text).toContain('napi_create_reference');
      expect(text).not.toMatch(/napi_create_external_(arraybuffer|buffer)/);
    }
  });

  it('has every source that an install from source compiles', () => {
    const list = execFileSync('tar', ['-xzOf', tarballPath(), 'package/native/sources.json'], { encoding: 'utf8' });
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
