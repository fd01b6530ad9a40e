// What does not load is refused with one line that names the file, the system and what helps; nothing of it runs.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { builtBinary, type LoadResult, PackageCopy, platformPackage } from './package_copy';

const binary = readFileSync(builtBinary);
const onElf = process.platform === 'linux' && process.arch === 'x64';
const MACHINE = 0x12;
const ARM64 = 183;

let copy: PackageCopy;
beforeEach(() => {
  copy = new PackageCopy();
});
afterEach(() => copy.remove());

function expectRefusal({ code, message }: LoadResult, ...parts: (string | RegExp)[]): void {
  expect(code, message).toBe('ERR_LOAD');
  expect(message).not.toContain('\n');
  expect(message).toContain(`octavo's native addon could not be loaded on ${process.platform}-${process.arch}`);
  expect(message).toContain(`Node ${process.versions.node}`);
  for (const part of parts)
    if (typeof part === 'string') expect(message).toContain(part);
    else expect(message).toMatch(part);
}

/** A copy of the binary with `bytes` at `offset`. */
function spoiled(offset: number, ...bytes: number[]): Buffer {
  const content = Buffer.from(binary);
  content.set(bytes, offset);
  return content;
}

function writeChecksums(): void {
  const sums = { 'octavo.node': createHash('sha256').update(binary).digest('hex') };
  writeFileSync(path.join(copy.platformFolder, 'checksums.json'), JSON.stringify(sums));
}

describe('a package', () => {
  it('loads with the binary that belongs to it', () => {
    copy.setBinary();
    writeChecksums();
    expect(copy.load()).toEqual({ message: 'ok' });
  });

  it('without the package of its system names it, why it may be missing, and the remedies', () => {
    const libc = process.platform === 'linux' ? /glibc \d+\.\d+, Node|musl, Node/ : /, Node/;
    expectRefusal(
      copy.load(),
      libc,
      `: ${platformPackage}, the package with the binary for this system, is not installed for octavo in ${copy.folder}.`,
      /--omit=optional or --no-optional/,
      /lockfile from another system/,
      `npm install --no-save ${platformPackage}@${version}`,
      /npx octavo build.*C\+\+20 compiler/,
    );
  });

  it('beside the package of another system says so', () => {
    const other = copy.write('node_modules/@octavo/darwin-arm64/package.json', '{"name":"@octavo/darwin-arm64"}');
    expectRefusal(copy.load(), /installed there is @octavo\/darwin-arm64, for another system\. Run/);
    renameSync(path.dirname(other), path.join(copy.folder, 'node_modules/@octavo/win32-x64'));
    expectRefusal(copy.load(), /installed there is @octavo\/win32-x64, for/);
  });

  it('of a clone, which depends on none, names the folder and how to compile', () => {
    copy.write('package.json', JSON.stringify({ name: 'octavo', version, main: 'dist/octavo.js' }));
    expectRefusal(copy.load(), `no binary for this system is in ${copy.folder}. Compile it with \`npx octavo build\``);
  });

  it('beside the package of its system in another version names both', () => {
    copy.setBinary();
    copy.setVersion('9.8.7');
    const reason = `${platformPackage} in ${copy.platformFolder} is version ${version}, and this is octavo 9.8.7.`;
    expectRefusal(copy.load(), reason, /Both must be of one version/);
  });

  it('beside a package of its system that has lost its binary, or has a spoiled manifest, names the file', () => {
    const file = copy.setBinary();
    rmSync(file);
    expectRefusal(copy.load(), `${file} is missing. Remove the folder of that file and run \`npm install\``);
    writeFileSync(path.join(copy.platformFolder, 'package.json'), '{');
    expectRefusal(copy.load(), platformPackage, /package\.json/);
  });

  it('that a bundler has taken apart says so', () => {
    copy.write('package.json', JSON.stringify({ name: 'app', main: 'dist/octavo.js' }));
    expectRefusal(copy.load(), /nearest package.json is that of app/, /bundler/);
  });
});

describe('a binary', () => {
  const refuse = (content: string | Buffer, ...parts: (string | RegExp)[]) => {
    const file = copy.setBinary(content);
    expectRefusal(copy.load(), file, ...parts);
  };

  it('of another version is refused with both versions', () => {
    copy.setVersion('9.8.7');
    refuse(binary, `is of octavo ${version}, and this is octavo 9.8.7`, /npm install/);
  });

  it('of another package is refused', () => {
    const name = Buffer.from('version\0');
    refuse(spoiled(binary.indexOf(name), ...Buffer.from('virsion\0')), /of another package/);
  });

  it('that is empty, or text, is refused', () => {
    refuse('', /no native binary \(0 bytes\)/);
    refuse('x', /no native binary \(1 bytes\)/);
    refuse('#!/bin/sh\necho "this is not an addon"\n'.repeat(9), /no native binary/);
  });

  it('that is a folder is refused', () => {
    const file = copy.setBinary('');
    rmSync(file);
    mkdirSync(file);
    expectRefusal(copy.load(), /is no file|cannot be read/);
  });

  it.runIf(onElf)('in the format of another system is refused', () => {
    const windows = Buffer.alloc(512);
    windows.write('MZ');
    windows.writeUInt32LE(0x80, 0x3c);
    refuse(windows, /in PE format, expected one in ELF/);
    refuse(Buffer.from(`cffaedfe${'00'.repeat(100)}`, 'hex'), /in Mach-O format, expected one in ELF/);
  });

  it.runIf(onElf)('for another architecture is refused', () => {
    refuse(spoiled(MACHINE, ARM64, 0), /is for arm64, and this process runs on x64/, /npx octavo build/);
  });

  it.runIf(onElf)('for a newer C library is refused with what the system said', () => {
    const needed = binary.indexOf('GLIBC_2.');
    expect(needed).toBeGreaterThan(0);
    refuse(spoiled(needed + 'GLIBC_2.'.length, 0x39), /version `GLIBC_2\.9/, /C library of this system is older/);
  });

  it.runIf(onElf)('that was cut short is refused at any length', () => {
    const file = copy.setBinary(binary);
    const lengths = Array.from({ length: 64 }, (_, i) => Math.floor((binary.length * i) / 64));
    const script = `
      const { truncateSync } = require('node:fs');
      for (const length of ${JSON.stringify([...lengths, binary.length - 1].reverse())}) {
        truncateSync(process.argv[2], length);
        try { require(process.argv[1]); console.log(length, 'loaded'); }
        catch (error) { if (error.code !== 'ERR_LOAD' || !error.message.includes(process.argv[2])) console.log(error); }
      }`;
    expect(copy.run(['-e', script, copy.folder, file])).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  });

  it('with a changed byte is refused', () => {
    copy.setBinary();
    writeChecksums();
    const step = Math.floor(binary.length / 8);
    for (let at = 5000; at < binary.length; at += step)
      refuse(spoiled(at, (binary[at] as number) ^ 0x10), /is damaged, or of another version: its SHA-256/);
  });

  it.runIf(process.platform !== 'win32')('that may not be read is refused with what to do', () => {
    const file = copy.setBinary();
    chmodSync(path.dirname(file), 0);
    const uid = process.getuid?.() === 0 ? 65534 : undefined; // root may read everything
    expectRefusal(copy.load({ uid }), file, /permission denied/, /Let the user of this process read/);
    chmodSync(path.dirname(file), 0o755);
  });

  it('that was compiled here comes before the one that was packed', () => {
    copy.setBinary();
    const own = copy.write(`prebuilds/${platformPackage.replace('@octavo/', '')}/octavo.node`, 'not a binary');
    expectRefusal(copy.load(), own, /no native binary/);
    const file = copy.write('build/Release/octavo.node', 'not a binary');
    expectRefusal(copy.load(), file, /Run `npx octavo build` again, or remove that file/);
  });
});
