// What does not load is refused with one line that names the file, the system and what helps; nothing of it runs.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { builtBinary, type LoadResult, PackageCopy, prebuiltName } from './package_copy';

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
  for (const part of parts) expect(message).toMatch(part);
}

/** A copy of the binary with `bytes` at `offset`. */
function spoiled(offset: number, ...bytes: number[]): Buffer {
  const content = Buffer.from(binary);
  content.set(bytes, offset);
  return content;
}

function writeChecksums(): void {
  const name = path.relative('prebuilds', prebuiltName).replaceAll(path.sep, '/');
  copy.write('prebuilds/checksums.json', JSON.stringify({ [name]: createHash('sha256').update(binary).digest('hex') }));
}

describe('a package', () => {
  it('loads with the binary that belongs to it', () => {
    copy.setBinary();
    writeChecksums();
    expect(copy.load()).toEqual({ message: 'ok' });
  });

  it('without a fitting binary names the system, what there is, and the remedy', () => {
    copy.write('prebuilds/sunos-x64/octavo.node', '');
    copy.write('prebuilds/linux-riscv64/octavo.glibc.node', '');
    copy.write('prebuilds/linux-riscv64/octavo.musl.node', '');
    const libc = process.platform === 'linux' ? /glibc \d+\.\d+, Node|musl, Node/ : /, Node/;
    expectRefusal(
      copy.load(),
      libc,
      /linux-riscv64 \(glibc, musl\), sunos-x64/,
      /npx octavo build/,
      /C\+\+20 compiler/,
    );
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
    refuse(binary, `is of octavo ${version}, and this is octavo 9.8.7`, /npm install octavo/);
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
    mkdirSync(path.join(copy.folder, prebuiltName), { recursive: true });
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
    const file = copy.write('build/Release/octavo.node', 'not a binary');
    expectRefusal(copy.load(), file, /Run `npx octavo build` again, or remove that file/);
  });
});
