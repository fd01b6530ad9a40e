// What is in the packed tarball, and what is not.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tarballPath } from './consumer';

const MEGABYTE = 1024 * 1024;
const LIMIT = 5 * MEGABYTE;

describe('the packed tarball', () => {
  let files: string[] = [];
  beforeAll(() => {
    const listing = execFileSync('tar', ['-tzf', tarballPath()], { encoding: 'utf8' });
    files = listing
      .trim()
      .split('\n')
      .map((line) => line.replace(/^package\//, ''));
  });

  it('is at most 5 MB', () => {
    const bytes = statSync(tarballPath()).size;
    console.log(`packed size: ${(bytes / MEGABYTE).toFixed(2)} MB, ${files.length} files`);
    expect(bytes).toBeLessThanOrEqual(LIMIT);
  });

  it.each([
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'ARCHITECTURE.md',
    'binding.gyp',
    'native/sources.json',
    'dist/lib/index.js',
    'dist/lib/index.d.ts',
    'dist/lib/index.mjs',
    'dist/lib/index.d.mts',
    'dist/lib/cli/main.js',
  ])('has %s', (file) => {
    expect(files).toContain(file);
  });

  it('has a prebuilt binary for this platform, stripped', () => {
    const folder = `prebuilds/${process.platform}-${process.arch}/`;
    const binaries = files.filter((file) => file.startsWith(folder) && file.endsWith('.node'));
    expect(binaries).toHaveLength(1);
    const extract = ['-xzOf', tarballPath(), `package/${binaries[0]}`];
    const text = execFileSync('tar', extract, { encoding: 'latin1', maxBuffer: 64 * MEGABYTE });
    const versions = [...text.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map((match) => Number(match[2]));
    if (versions.length > 0) console.log(`the binary needs glibc 2.${Math.max(...versions)}`);
    expect(text).not.toContain('.debug_info');
    expect(text).not.toContain('.symtab');
  });

  it('has every source that an install from source compiles', () => {
    const list = execFileSync('tar', ['-xzOf', tarballPath(), 'package/native/sources.json'], { encoding: 'utf8' });
    const sources = list.match(/native\/[\w/]+\.cc/g) ?? [];
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((file) => !files.includes(file))).toEqual([]);
  });

  it('has no tests, no build folder and no sources of TypeScript', () => {
    const unwanted =
      /(^|\/)(test|tests|build|node_modules|fixtures|\.ci|\.git)\/|\.test\.|(?<!\.d)\.m?ts$|\.map$|\.tgz$|\.o$/;
    expect(files.filter((file) => unwanted.test(file))).toEqual([]);
  });
});
