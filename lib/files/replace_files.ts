// Whole files replaced at once: readers, a kill or a full disk meet either the old file or the new one.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { reject } from '../validate';
import { asFileError, fileError, MAX_CHUNK_BYTES } from './file_access';

function writeAll(fd: number, chunk: Uint8Array): void {
  let done = 0;
  while (done < chunk.length)
    done += fs.writeSync(fd, chunk, done, Math.min(MAX_CHUNK_BYTES, chunk.length - done), null);
}

/** The file that a path stands for: symbolic links are followed, so that replacing a file keeps the link. */
function resolveTarget(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

/** A rename is durable once its folder is on disk; systems that cannot sync a folder do without. */
function syncFolder(folder: string): void {
  try {
    const fd = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    // The file itself is complete and synced at this point.
  }
}

/** Gives a new file the permissions of the one that it replaces, where the file system has any. */
function keepMode(fd: number, mode: number): void {
  try {
    fs.fchmodSync(fd, mode & 0o777);
  } catch {}
}

function writeAndSync(temporary: string, chunks: Iterable<Uint8Array>, mode: number | undefined): void {
  const fd = fs.openSync(temporary, 'wx');
  try {
    if (mode !== undefined) keepMode(fd, mode);
    for (const chunk of chunks) writeAll(fd, chunk);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** The failure that led here is the one to report. */
function removeQuietly(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {}
}

export interface Replacement {
  readonly file: string;
  readonly chunks: Iterable<Uint8Array>;
}

/** Writes the new content beside the file that it is for. */
function prepare({ file, chunks }: Replacement, temporaries: string[]): { target: string; temporary: string } {
  const target = resolveTarget(file);
  const temporary = path.join(path.dirname(target), `.octavo-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  try {
    const old = fs.statSync(target, { throwIfNoEntry: false });
    if (old?.isDirectory()) throw fileError(file, 'cannot write: is a directory');
    if (old?.isFile() === false) throw fileError(file, 'cannot write: not a regular file');
    temporaries.push(temporary);
    writeAndSync(temporary, chunks, old?.mode);
    return { target, temporary };
  } catch (cause) {
    throw asFileError(file, 'write', cause);
  }
}

function rename(file: string, temporary: string, target: string): void {
  try {
    fs.renameSync(temporary, target);
  } catch (cause) {
    throw asFileError(file, 'write', cause);
  }
}

/**
 * Replaces the contents of files, each as a whole. The bytes go to temporary files in the same folders, which are synced;
 * when all are there they are renamed, in the order given, or removed on failure. Permissions of old files are kept.
 * @throws ERR_DTYPE if a `file` is not a string; ERR_FILE if a file cannot be written; what `chunks` throw
 */
export function replaceFiles(replacements: readonly Replacement[]): void {
  for (const { file } of replacements) if (typeof file !== 'string') reject('path', 'a string', file, 'ERR_DTYPE');
  const temporaries: string[] = [];
  try {
    const prepared = replacements.map((one) => ({ file: one.file, ...prepare(one, temporaries) }));
    for (const { file, temporary, target } of prepared) rename(file, temporary, target);
    for (const folder of new Set(prepared.map(({ target }) => path.dirname(target)))) syncFolder(folder);
  } catch (cause) {
    for (const temporary of temporaries) removeQuietly(temporary);
    throw cause;
  }
}

/** Replaces one file's content as a whole, as replaceFiles does. */
export function replaceFile(file: string, chunks: Iterable<Uint8Array>): void {
  replaceFiles([{ file, chunks }]);
}
