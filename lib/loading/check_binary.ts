// Whether a file is the binary that it should be, as far as that shows before any of it runs.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { readBinaryFormat } from './binary_format';

/** Why a binary cannot be used, and what the user can do. Neither ends in a full stop. */
export interface Fault {
  reason: string;
  remedy: string;
}

/** The remedy wherever a compiler is one. */
export const COMPILE =
  'compile it with `npx octavo build`, which needs a C++20 compiler (GCC or clang), make and Python 3';

/** How to get a sound file in place of this one. npm puts back what is gone, not what has changed. */
export const renew = (file: string): string =>
  path.basename(path.dirname(file)) === 'Release'
    ? 'Run `npx octavo build` again, or remove that file to use a prebuilt one'
    : 'Remove the folder of that file and run `npm install`, which brings it again';

const FORMATS: Partial<Record<NodeJS.Platform, string>> = { linux: 'ELF', win32: 'PE', darwin: 'Mach-O' };

/** Headers of all formats lie in the first bytes. */
const HEAD_BYTES = 4096;
const HASHED_BYTES = 1 << 18;

function readFault(file: string, code: string | undefined): Fault {
  const denied = code === 'EACCES' || code === 'EPERM';
  return {
    reason: `${file} cannot be read: ${denied ? 'permission denied' : code}`,
    remedy: denied ? 'Let the user of this process read the file and enter its folders' : renew(file),
  };
}

/** The list of a package's files and their SHA-256, beside the binary. */
const CHECKSUMS = 'checksums.json';

/** The SHA-256 that the file had when its package was made; undefined for one that did not come with a package. */
function recordedHash(file: string): string | undefined {
  const name = path.basename(file);
  try {
    const text = readFileSync(path.join(path.dirname(file), CHECKSUMS), 'utf8');
    const recorded = JSON.parse(text) as Record<string, string>;
    return Object.hasOwn(recorded, name) ? recorded[name] : undefined;
  } catch {
    return undefined; // what was compiled here has no list
  }
}

/** The SHA-256 of an open file. In pieces: a buffer for the whole of it would cost more than the hash. */
function hashOf(descriptor: number): string {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(HASHED_BYTES);
  for (let at = 0; ; ) {
    const count = readSync(descriptor, piece, 0, piece.length, at);
    if (count === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, count));
    at += count;
  }
}

/** What its first bytes and its length say against a file. The system's linker would crash on some of it. */
function headerFault(file: string, head: Buffer, bytes: number): Fault | undefined {
  const expected = FORMATS[process.platform];
  if (expected === undefined) return undefined;
  const found = readBinaryFormat(head);
  if (found?.format !== expected) {
    const what = found === undefined ? `no native binary (${bytes} bytes)` : `a binary in ${found.format} format`;
    return { reason: `${file} is ${what}, expected one in ${expected} format`, remedy: renew(file) };
  }
  if (found.arch !== undefined && found.arch !== process.arch)
    return {
      reason: `${file} is for ${found.arch}, and this process runs on ${process.arch}`,
      remedy: `${renew(file)} on this system, or ${COMPILE}`,
    };
  if (bytes < found.leastBytes)
    return {
      reason: `${file} is damaged: it has ${bytes} bytes, its header speaks of ${found.leastBytes}`,
      remedy: renew(file),
    };
  return undefined;
}

function contentFault(file: string, descriptor: number): Fault | undefined {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) return { reason: `${file} is no file`, remedy: renew(file) };
  const head = Buffer.alloc(HEAD_BYTES);
  const fault = headerFault(file, head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0)), stat.size);
  if (fault !== undefined) return fault;
  const hash = recordedHash(file);
  if (hash === undefined || hashOf(descriptor) === hash) return undefined;
  return {
    reason: `${file} is damaged, or of another version: its SHA-256 is not the one in ${CHECKSUMS} beside it`,
    remedy: renew(file),
  };
}

/** What is wrong with a file, as far as it shows without running any of it: null if nothing, 'absent' if there is none. */
export function checkBinary(file: string): Fault | 'absent' | null {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return contentFault(file, descriptor) ?? null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : readFault(file, code);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
