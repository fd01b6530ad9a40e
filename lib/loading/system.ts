// The system that the process runs on, as far as it decides which binary fits, and how errors name it.
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { elfInterpreter } from './binary_format';

export type Libc = 'glibc' | 'musl';

const BITS_32 = ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'];

function firstBytes(file: string, count: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, count, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** The C library of this process on Linux, from the dynamic linker that its executable names; elsewhere undefined. */
export function findLibc(): Libc | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const interpreter = elfInterpreter(firstBytes(process.execPath, 4096));
    if (interpreter !== undefined) return interpreter.includes('musl') ? 'musl' : 'glibc';
  } catch {
    // an executable that cannot be read says nothing
  }
  return existsSync('/etc/alpine-release') ? 'musl' : 'glibc';
}

/** The version of glibc that the process has loaded; undefined where it has none. */
function glibcVersion(): string | undefined {
  try {
    const report = process.report as typeof process.report & { excludeNetwork?: boolean };
    const { excludeNetwork } = report;
    report.excludeNetwork = true; // else it asks for the names of all peers, which can take seconds
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
    report.excludeNetwork = excludeNetwork;
    return header?.glibcVersionRuntime;
  } catch {
    return undefined;
  }
}

function runtimeVersion(): string {
  const { bun, deno, electron, node } = process.versions;
  const host = Object.entries({ Bun: bun, Deno: deno, Electron: electron }).find(([, version]) => version);
  return host === undefined ? `Node ${node}` : `${host[0]} ${host[1]} (Node ${node})`;
}

/** For errors: `linux-x64, glibc 2.36, Node 20.20.2`. */
export function describeSystem(): string {
  const libc = findLibc();
  const version = libc === 'glibc' ? glibcVersion() : undefined;
  const named = version === undefined ? libc : `${libc} ${version}`;
  return [`${process.platform}-${process.arch}`, named, runtimeVersion()].filter(Boolean).join(', ');
}

/** Why octavo cannot work here however it is compiled, and what to do; undefined where it can. */
export function unsupportedReason(): { reason: string; remedy: string } | undefined {
  if (BITS_32.includes(process.arch))
    return {
      reason: `octavo needs a 64-bit system and a 64-bit Node, and ${process.arch} is one of 32 bits`,
      remedy:
        process.arch === 'arm'
          ? 'A Raspberry Pi 3 or newer runs a 64-bit system: install that, and Node for arm64'
          : 'Install Node for a 64-bit system',
    };
  if (endianness() === 'BE')
    return {
      reason: `octavo's kernels and files are made for little-endian systems, and ${process.arch} is big-endian`,
      remedy: 'Use a little-endian system, such as x64 or arm64',
    };
  return undefined;
}
