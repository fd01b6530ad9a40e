// Writes checksums.json into a folder of prebuilt binaries: the SHA-256 of each, which octavo compares before it loads one.
// Usage: node scripts/checksums.mjs <folder>. npm runs it before it packs. Without such a folder there is nothing to do.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: checksums.mjs <folder of prebuilt binaries>');
if (existsSync(folder)) {
  const binaries = readdirSync(folder, { recursive: true })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('.node'))
    .sort();
  const hash = (file) =>
    createHash('sha256')
      .update(readFileSync(path.join(folder, file)))
      .digest('hex');
  const checksums = Object.fromEntries(binaries.map((file) => [file, hash(file)]));
  writeFileSync(path.join(folder, 'checksums.json'), `${JSON.stringify(checksums, null, 2)}\n`);
}
