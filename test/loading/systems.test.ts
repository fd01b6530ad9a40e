// Systems that this machine is not: what decides there is read from process and from headers, so both can be made up.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elfInterpreter, readBinaryFormat } from '../../lib/loading/binary_format';
import { explainFailure } from '../../lib/loading/explain_failure';
import { hostTarget, packageOf, TARGETS } from '../../scripts/prebuild/targets.mjs';
import { builtBinary, PackageCopy } from './package_copy';

let copy: PackageCopy;
beforeAll(() => {
  copy = new PackageCopy();
  copy.setBinary();
});
afterAll(() => copy.remove());

/** What the package says where process.platform, process.arch and the order of bytes are these. */
function loadOn(platform: string, arch: string, endianness = 'LE') {
  const preload = `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    Object.defineProperty(process, 'arch', { value: '${arch}' });
    require('node:os').endianness = () => '${endianness}';`;
  return copy.load({ preload });
}

describe('a system', () => {
  it.each([
    ['linux', 'arm', /arm is one of 32 bits. A Raspberry Pi 3 or newer runs a 64-bit system/],
    ['linux', 'ia32', /ia32 is one of 32 bits. Install Node for a 64-bit system/],
    ['win32', 'ia32', /ia32 is one of 32 bits/],
  ])('of 32 bits is refused: %s-%s', (platform, arch, reason) => {
    const { code, message } = loadOn(platform, arch);
    expect({ code, message }).toEqual({ code: 'ERR_LOAD', message: expect.stringMatching(reason) });
    expect(message).toContain(`on ${platform}-${arch}, `);
    expect(message).not.toContain('octavo build');
  });

  it.each([
    ['linux', 's390x'],
    ['aix', 'ppc64'],
  ])('with the big end first is refused: %s-%s', (platform, arch) => {
    const { code, message } = loadOn(platform, arch, 'BE');
    expect({ code, message }).toEqual({ code: 'ERR_LOAD', message: expect.stringMatching(`${arch} is big-endian`) });
  });

  it.each([
    ['linux', 'riscv64'],
    ['linux', 'loong64'],
    ['linux', 'ppc64'],
    ['freebsd', 'x64'],
    ['android', 'arm64'],
    ['sunos', 'x64'],
    ['win32', 'arm64'],
    ['plan9', 'vax'],
  ])('that no binary fits can compile one: %s-%s', (platform, arch) => {
    const { code, message } = loadOn(platform, arch);
    expect(code).toBe('ERR_LOAD');
    expect(message).toMatch(
      /no binary for this system, only for linux-x64, .*, darwin-arm64\. Compile it with `npx octavo build`/,
    );
  });

  const libc = hostTarget()?.libc;
  const others = TARGETS.filter((target) => target !== hostTarget() && (target.libc ?? libc) === libc);
  it.each(others)('that has a package of its own is told its name: $name', (target) => {
    const { message } = loadOn(target.platform, target.arch);
    expect(message).toContain(`: ${packageOf(target)}, the package with the binary for this system, is not installed`);
  });

  it.runIf(process.platform === 'linux')('with musl gets the binary for musl, and never the one for glibc', () => {
    const node = readFileSync(process.execPath).subarray(0, 4096);
    const linker = elfInterpreter(node) ?? '';
    expect(linker).toMatch(/^\/lib/);
    const start = node.indexOf(linker);
    node.fill(0, start, start + linker.length).write('/lib/ld-musl-x.so.1', start);
    const executable = copy.write('node-of-alpine', node);
    const preload = `Object.defineProperty(process, 'execPath', { value: ${JSON.stringify(executable)} });`;
    expect(copy.load({ preload }).message).toMatch(
      /on linux-\w+, musl, Node .*: @octavo\/linux-\w+-musl, .* not installed .*; what is installed there is @octavo\/linux-\w+, for another/,
    );
    const file = copy.write(`prebuilds/linux-${process.arch}-musl/octavo.node`, 'found');
    expect(copy.load({ preload }).message).toContain(`${file} is no native binary`);
  });
});

describe('headers', () => {
  it('of this machine are read', () => {
    const file = readFileSync(builtBinary);
    const format = readBinaryFormat(file);
    expect(format).toMatchObject({ arch: process.arch });
    expect(format?.leastBytes).toBeLessThanOrEqual(file.length);
    expect(readBinaryFormat(file.subarray(0, 4096))).toEqual(format);
  });

  it('of any content end in an answer', () => {
    const file = readFileSync(builtBinary).subarray(0, 4096);
    for (let at = 0; at < 64; at++)
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const spoiled = Buffer.from(file);
        spoiled[at] = byte;
        for (const length of [24, 63, 64, 200, 4096]) {
          readBinaryFormat(spoiled.subarray(0, length));
          elfInterpreter(spoiled.subarray(0, length));
        }
      }
    for (const magic of ['4d5a', 'cffaedfe', 'cafebabe', '7f454c46', '7f454c460102', '7f454c460201'])
      for (const fill of [0, 0xff])
        readBinaryFormat(Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(90, fill)]));
  });
});

describe("what the system's linker says", () => {
  it.each([
    ["/lib/libc.so.6: version `GLIBC_2.38' not found (required by /x.node)", /C library of this system is older/],
    ["/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /x.node)", /libstdc\+\+ of this system/],
    ['libstdc++.so.6: cannot open shared object file: No such file or directory', /Alpine: libstdc\+\+/],
    ['Error loading shared library libstdc++.so.6: No such file or directory (needed by /x.node)', /Alpine: libstdc/],
    ['Error loading shared library ld-linux-x86-64.so.2: No such file or directory', /another C library/],
    ['Error relocating /x.node: __fprintf_chk: symbol not found', /another C library/],
    ['/x.node: failed to map segment from shared object: Operation not permitted', /noexec/],
    ['Module did not self-register: /x.node', /no addon for this system/],
    ['%1 is not a valid Win32 application.\n/x.node', /no addon for this system/],
    ['something that nobody has heard of', /Install octavo again, or compile it/],
  ])('%s', (message, remedy) => {
    const fault = explainFailure('/x.node', new Error(message));
    expect(fault.reason).toContain(message.split('\n')[0]);
    expect(fault.reason).toContain('/x.node');
    expect(fault.remedy).toMatch(remedy);
  });
});
