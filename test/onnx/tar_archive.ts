// Reads a gzipped tar archive of plain files, as `tar czf` writes it.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

const textOf = (bytes: Buffer) => bytes.toString('latin1').replace(/\0.*$/s, '');

/** Path to contents of every file. Throws for entries other than files and folders, and for a truncated archive. */
export function readTarGz(archive: string): Map<string, Buffer> {
  const bytes = gunzipSync(readFileSync(archive));
  const files = new Map<string, Buffer>();
  let at = 0;
  while (at + BLOCK <= bytes.length && bytes[at] !== 0) {
    const name = textOf(bytes.subarray(at, at + 100));
    const size = Number.parseInt(textOf(bytes.subarray(at + 124, at + 136)), 8);
    const kind = String.fromCharCode(bytes[at + 156]!);
    at += BLOCK;
    if (kind !== '0' && kind !== '5') throw new Error(`${archive}: ${name} is neither a file nor a folder`);
    if (!(at + size <= bytes.length)) throw new Error(`${archive}: ${name} is truncated`);
    if (kind === '0') files.set(name, bytes.subarray(at, at + size));
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
