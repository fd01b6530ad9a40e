// A file that is read piece by piece over a long time, and must stay as it was when it was opened.
import fs from 'node:fs';
import { promisify } from 'node:util';
import { asFileError, closeFile, fileError, MAX_CHUNK_BYTES, type OpenFile, openFile } from './file_access';

const readAsync = promisify(fs.read);

/** What changes when a file does: another file, another length, or bytes written later. */
const sameFile = (a: fs.BigIntStats, b: fs.BigIntStats): boolean =>
  a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeNs === b.mtimeNs;

/** An open regular file whose reads fail once it has changed. Who opens closes. */
export class WatchedFile {
  readonly path: string;
  readonly bytes: number;
  readonly #file: OpenFile;
  readonly #status: fs.BigIntStats;
  #reads = 0;
  #closed = false;

  private constructor(file: OpenFile) {
    this.path = file.path;
    this.bytes = file.bytes;
    this.#file = file;
    this.#status = fs.fstatSync(file.fd, { bigint: true });
  }

  /** Opens a file and hands it to `check`, which may read its head. Throws ERR_FILE, and what `check` throws. */
  static open<Head>(path: string, check: (file: OpenFile) => Head): { file: WatchedFile; head: Head } {
    const open = openFile(path);
    try {
      const file = new WatchedFile(open);
      const head = check(open);
      file.checkUnchanged();
      return { file, head };
    } catch (cause) {
      closeFile(open);
      throw asFileError(path, 'read', cause);
    }
  }

  /** Fills `target` with the bytes from `position` on. Rejects with ERR_FILE if they cannot be read, or the file has changed. */
  async readInto(target: Uint8Array, position: number): Promise<void> {
    if (this.#closed) throw fileError(this.path, 'cannot read: it was closed');
    this.#reads++;
    try {
      for (let done = 0; done < target.length; ) {
        const wanted = Math.min(MAX_CHUNK_BYTES, target.length - done);
        const { bytesRead } = await readAsync(this.#file.fd, target, done, wanted, position + done);
        if (bytesRead === 0) throw fileError(this.path, 'became shorter while it was read');
        done += bytesRead;
      }
      this.checkUnchanged();
    } catch (cause) {
      throw asFileError(this.path, 'read', cause);
    } finally {
      this.#reads--;
      this.#closeWhenIdle();
    }
  }

  /** Throws ERR_FILE if the file has been written to since it was opened. Not to be called after close(). */
  checkUnchanged(): void {
    if (!sameFile(this.#status, fs.fstatSync(this.#file.fd, { bigint: true })))
      throw fileError(this.path, 'changed while it was read');
  }

  /** Throws ERR_FILE unless its path still leads to it: a file that was replaced is read as it was, but has no name any more. */
  checkInPlace(): void {
    let found: fs.BigIntStats | undefined;
    try {
      found = fs.statSync(this.path, { bigint: true });
    } catch {}
    if (found === undefined || !sameFile(this.#status, found))
      throw fileError(this.path, 'was replaced while it was opened');
  }

  /** Reads in flight come to their end first. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#closed && this.#reads === 0) closeFile(this.#file);
  }
}
