// Reads packed packages with the system's tar.
import { execFileSync } from 'node:child_process';

const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The content of one file.
 * @param {string} tarball
 * @param {string} name as in the tarball: package/...
 * @returns {Buffer}
 */
export const readTarball = (tarball, name) => execFileSync('tar', ['-xzOf', tarball, name], { maxBuffer: MOST_BYTES });

/**
 * The paths of all files, below package/.
 * @param {string} tarball
 */
export const listTarball = (tarball) =>
  execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.replace(/^package\//, ''));
