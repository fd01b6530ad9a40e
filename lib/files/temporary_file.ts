// A new file beside the one that it is to replace: written in any order, and renamed at the end or removed.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { asFileError, fileError, MAX_CHUNK_BYTES } from './file_access';

const writeAsync = promisify(fs.write);
const syncAsync = promisify(fs.fsync);

/** The file that a path stands for: symbolic links are followed, so that replacing a file keeps the link. */
function resolveTarget(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

/** A rename is durable once its folder is on disk; systems that cannot sync a folder do without. */
export function syncFolder(folder: string): void {
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

/** A failed write has an error of its own to report. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {}
}

/**
 * New content for a file, which stays as it is until `replace`. Who makes one calls `replace` or `remove` in the end; after a
 * kill the temporary file stays behind, and the file is whole.
 */
export class TemporaryFile {
  /** As it was given, for messages. */
  readonly file: string;
  /** What a rename replaces: a link's own file. */
  readonly target: string;
  readonly #path: string;
  #fd: number | undefined;
  #writes = 0;
  #removed = false;

  private constructor(file: string, target: string, temporary: string, fd: number) {
    [this.file, this.target, this.#path, this.#fd] = [file, target, temporary, fd];
  }

  /** Makes an empty file in the folder of `file`. Throws ERR_FILE if it cannot be, or if `file` is no regular file. */
  static create(file: string): TemporaryFile {
    const target = resolveTarget(file);
    const temporary = path.join(path.dirname(target), `.octavo-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    try {
      const old = fs.statSync(target, { throwIfNoEntry: false });
      if (old?.isDirectory()) throw fileError(file, 'cannot write: is a directory');
      if (old?.isFile() === false) throw fileError(file, 'cannot write: not a regular file');
      const fd = fs.openSync(temporary, 'wx');
      if (old !== undefined) keepMode(fd, old.mode);
      return new TemporaryFile(file, target, temporary, fd);
    } catch (cause) {
      throw asFileError(file, 'write', cause);
    }
  }

  /** Adds bytes at the end. Throws ERR_FILE. */
  append(bytes: Uint8Array): void {
    this.#reporting(() => {
      for (let done = 0; done < bytes.length; )
        done += fs.writeSync(this.#open(), bytes, done, Math.min(MAX_CHUNK_BYTES, bytes.length - done), null);
    });
  }

  /** Writes bytes at a place of its own; several writes may be in flight. Rejects with ERR_FILE. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#writes++;
    try {
      for (let done = 0; done < bytes.length; ) {
        const length = Math.min(MAX_CHUNK_BYTES, bytes.length - done);
        done += (await writeAsync(this.#open(), bytes, done, length, position + done)).bytesWritten;
      }
    } catch (cause) {
      throw asFileError(this.file, 'write', cause);
    } finally {
      this.#writes--;
      if (this.#removed) this.remove();
    }
  }

  /** Brings what was written to the disk, and closes. Throws ERR_FILE. */
  close(): void {
    this.#reporting(() => fs.fsyncSync(this.#open()));
    this.#close();
  }

  /** As close, off the event loop. */
  async closeAsync(): Promise<void> {
    try {
      await syncAsync(this.#open());
    } catch (cause) {
      throw asFileError(this.file, 'write', cause);
    }
    this.#close();
  }

  /** Takes the place of the file. To be called once it is closed. Throws ERR_FILE. */
  replace(): void {
    this.#reporting(() => fs.renameSync(this.#path, this.target));
  }

  /** Removes it, whatever state it is in; the file stays as it was. Writes in flight fail or go nowhere. Never throws. */
  remove(): void {
    this.#removed = true;
    // Its number may become another file's as soon as it is closed: not while a thread writes to it.
    if (this.#writes === 0) quietly(() => this.#close());
    quietly(() => fs.rmSync(this.#path, { force: true }));
  }

  #open(): number {
    if (this.#fd === undefined || this.#removed) throw fileError(this.file, 'cannot write: it was closed or removed');
    return this.#fd;
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) fs.closeSync(fd);
  }

  #reporting(action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw asFileError(this.file, 'write', cause);
    }
  }
}
