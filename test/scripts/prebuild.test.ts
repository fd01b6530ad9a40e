// What is read from prebuilt binaries, and what keeps one from being published.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scripts } from '../../package.json';
import { inspect, problemsOf } from '../../scripts/prebuild/inspect.mjs';
import { fileOf, findTargets, hostTarget, TARGETS } from '../../scripts/prebuild/targets.mjs';

const ADDON = path.join(__dirname, '..', '..', 'build', 'Release', 'octavo.node');
const SCRIPT = path.join(__dirname, '..', '..', 'scripts', 'prebuild.mjs');

it('npm runs none of it by itself', () => {
  const hooks = Object.keys(scripts).filter((name) => Object.keys(scripts).some((other) => name === `pre${other}`));
  expect(hooks).toEqual([]);
});

describe('targets', () => {
  it('are one file each, where the loader looks', () => {
    const files = TARGETS.map(fileOf);
    expect(new Set(files).size).toBe(TARGETS.length);
    for (const file of files) expect(file).toMatch(/^(linux-(x64|arm64)(-musl)?|(win32|darwin)-\w+)\/octavo\.node$/);
  });

  it('are found by name, and others refused', () => {
    expect(findTargets(['win32-x64', 'host'])).toEqual([
      TARGETS.find(({ name }) => name === 'win32-x64'),
      hostTarget(),
    ]);
    expect(() => findTargets(['linux-arm'])).toThrow(/no target linux-arm, one of: host, linux-x64/);
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--only', 'x'], { encoding: 'utf8' });
    expect({ status, refused: stderr.includes('no target x') }).toEqual({ status: 1, refused: true });
  });
});

// The addon of the checkout is one of ELF with a table of symbols.
describe.skipIf(process.platform !== 'linux')('a binary of Linux', () => {
  const bytes = readFileSync(ADDON);
  const target = findTargets([`linux-${process.arch}`])[0]!;

  it('is read as objdump reads it', () => {
    const dynamic = execFileSync('objdump', ['-T', ADDON], { encoding: 'utf8' });
    const found = inspect(bytes);
    const exported = [...dynamic.matchAll(/^[0-9a-f]+ g .* (\w+)$/gm)].map((match) => match[1]);
    expect(found.exports).toEqual(exported.sort());
    const versions = [...dynamic.matchAll(/\*UND\*.*\((\w+_[\d.]+)\)/g)].map((match) => match[1]);
    expect(new Set(found.versions)).toEqual(new Set(versions));
    const headers = execFileSync('objdump', ['-p', ADDON], { encoding: 'utf8' });
    expect(found.libraries).toEqual([...headers.matchAll(/NEEDED +(\S+)/g)].map((match) => match[1]));
  });

  it('runs on the oldest systems, and is not stripped', () => {
    expect(problemsOf(bytes, target)).toEqual(['it has symbols for debuggers']);
  });

  /** The addon with one text in place of another of the same length. */
  function replaced(from: string, to: string): Buffer {
    const text = bytes.toString('latin1');
    expect(text).toContain(from);
    return Buffer.from(text.replaceAll(from, to), 'latin1');
  }

  it.each([
    ['GLIBC_2.28', 'GLIBC_2.29', 'it needs GLIBC_2.29'],
    ['GLIBCXX_3.4.22', 'GLIBCXX_3.4.26', 'it needs GLIBCXX_3.4.26'],
    ['GLIBCXX_3.4.22', 'GLIBCXX_3.10.2', 'it needs GLIBCXX_3.10.2'],
    ['GLIBCXX_3.4.22', 'LIBOTHER_3.4.2', 'it needs LIBOTHER_3.4.2'],
    ['libc.so.6', 'libd.so.6', 'it needs libd.so.6'],
    ['napi_register_module_v1', 'napi_register_module_v2', 'it exports 1 names of its own, as napi_register_module_v2'],
  ])('with %s as %s is refused', (from, to, problem) => {
    expect(problemsOf(replaced(from, to), target)).toContain(problem);
  });

  it('of another architecture is refused', () => {
    const other = Buffer.from(bytes);
    other.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
    expect(problemsOf(other, target)[0]).toBe(`it is for linux-${process.arch === 'x64' ? 'arm64' : 'x64'}`);
    expect(problemsOf(bytes, findTargets(['darwin-arm64'])[0]!)[0]).toBe(`it is for linux-${process.arch}`);
  });
});

it('what is no binary is refused', () => {
  expect(() => inspect(Buffer.alloc(64))).toThrow('neither ELF, PE nor Mach-O');
  expect(() => inspect(Buffer.from('MZ'.padEnd(64, '\0')))).toThrow('neither ELF, PE nor Mach-O');
});
