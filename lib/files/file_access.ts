// Files as octavo's readers see them: exact reads, faults told in one line.
import fs from 'node:fs';
import { promisify } from 'node:util';
import { type AnyOctavoError, isOctavoError, makeError } from '../errors';
import { reject } from '../validate';

/** One call to read(2) or write(2) moves at most this many bytes: Node refuses 2^31 and more. */
export const MAX_CHUNK_BYTES = 2 ** 30;

const SYSTEM_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EMFILE: 'too many open files',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'file too large for the system',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'too many symbolic links',
  EIO: 'input/output error',
  ERR_INVALID_ARG_VALUE: 'its name is not a valid path',
};

/** The error "<file>: <fault>", on one line whatever the file is called; code ERR_FILE. */
export function fileError(file: string, fault: string, cause?: unknown): AnyOctavoError {
  const name = /\p{Cc}/u.test(file) ? JSON.stringify(file) : file;
  return makeError('ERR_FILE', `${name}: ${fault}`, cause === undefined ? undefined : { cause });
}

/** A system error as ERR_FILE, for example "a.bin: cannot read: no such file or directory"; other errors as they are. */
export function asFileError(file: string, action: string, cause: unknown): unknown {
  const code = cause instanceof Error && !isOctavoError(cause) ? (cause as NodeJS.ErrnoException).code : undefined;
  return code === undefined ? cause : fileError(file, `cannot ${action}: ${SYSTEM_FAULTS[code] ?? code}`, cause);
}

/** An open regular file of known size. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number;
  readonly bytes: number;
}

/**
 * Opens a regular file; who opens closes.
 * @throws ERR_DTYPE if `file` is not a string; ERR_FILE if it is missing, unreadable or not a regular file
 */
export function openFile(file: string): OpenFile {
  if (typeof file !== 'string') reject('path', 'a string', file, 'ERR_DTYPE');
  let fd: number | undefined;
  try {
    // O_NONBLOCK: opening a named pipe without a writer must not hang.
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const status = fs.fstatSync(fd);
    if (status.isDirectory()) throw fileError(file, 'cannot read: is a directory');
    if (!status.isFile()) throw fileError(file, 'cannot read: not a regular file');
    return { path: file, fd, bytes: status.size };
  } catch (cause) {
    if (fd !== undefined) fs.closeSync(fd);
    throw asFileError(file, 'read', cause);
  }
}

export function closeFile({ fd }: OpenFile): void {
  fs.closeSync(fd);
}

/** Opens a regular file, hands it to `use`, closes it. Throws as openFile does; what `use` throws of the system, as ERR_FILE. */
export function withFile<Result>(file: string, use: (open: OpenFile) => Result): Result {
  const open = openFile(file);
  try {
    return use(open);
  } catch (cause) {
    throw asFileError(file, 'read', cause);
  } finally {
    closeFile(open);
  }
}

const readAsync = promisify(fs.read);

/** Bytes [begin, end) of a file in chunks of at most `chunkBytes`, each an array of its own. Throws ERR_FILE. */
export async function* readRange(
  file: OpenFile,
  begin: number,
  end: number,
  chunkBytes = 2 ** 20,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = begin; position < end; ) {
    const chunk = new Uint8Array(Math.min(chunkBytes, end - position));
    const { bytesRead } = await readAsync(file.fd, chunk, 0, chunk.length, position).catch((cause: unknown) => {
      throw asFileError(file.path, 'read', cause);
    });
    if (bytesRead === 0) throw fileError(file.path, 'became shorter while it was read');
    position += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

/** Fills `target` from byte `position` on; throws ERR_FILE if the file ends before. */
export function readExactly(file: OpenFile, target: Uint8Array, position: number): void {
  let done = 0;
  while (done < target.length) {
    const wanted = Math.min(MAX_CHUNK_BYTES, target.length - done);
    const got = fs.readSync(file.fd, target, done, wanted, position + done);
    if (got === 0) throw fileError(file.path, 'became shorter while it was read');
    done += got;
  }
}
