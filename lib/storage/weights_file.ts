// Native objects in files: arguments checked, and the file's name put before the fault.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { type AnyHandle, addon, type IndexHandle } from '../addon';
import { isOctavoError } from '../errors';
import { fileError } from '../files/file_access';
import { checkOptions, reject } from '../validate';

export interface LoadOptions {
  /**
   * Maps the file instead of reading it, where the system can: processes that map the same file share its memory, and
   * pages that are not in use can be dropped. Nobody may change or shorten the file while the weights live: the system
   * ends a process that reads what is gone. Replace it as a whole, as save() does. Default false: the file is read, and
   * may change afterwards.
   */
  readonly mmap?: boolean;
}

type Loader = 'loadWeights' | 'loadLayer' | 'loadTable' | 'loadIndex';
type Saver = 'save' | 'saveIndex';
type Loaded<L extends Loader> = ReturnType<(typeof addon)[L]>;

function checkPath(path: unknown): asserts path is string {
  if (typeof path !== 'string') reject('path', 'a string', path, 'ERR_DTYPE');
}

function checkLoad(path: unknown, options: LoadOptions | undefined): boolean {
  checkPath(path);
  const { mmap = false } = checkOptions('options', options);
  if (typeof mmap !== 'boolean') reject('options.mmap', 'true or false', mmap, 'ERR_DTYPE');
  return mmap;
}

function named(path: string, error: unknown): unknown {
  return isOctavoError(error) && error.code === 'ERR_FILE' ? fileError(path, error.message) : error;
}

/** Throws ERR_DTYPE for a path that is no string, ERR_FILE if the file cannot be written, ERR_DISPOSED. */
export function saveHandle(handle: AnyHandle, path: string, saver: Saver = 'save'): void {
  checkPath(path);
  try {
    addon[saver](handle as IndexHandle, path);
  } catch (error) {
    throw named(path, error);
  }
}

/** As saveHandle. When it is aborted, the file stays as it was, or is replaced if writing had begun. */
export async function saveHandleAsync(
  handle: AnyHandle,
  path: string,
  options?: AsyncOptions,
  saver: Saver = 'save',
): Promise<void> {
  checkPath(path);
  const signal = signalOf(options);
  try {
    await untilAborted(signal, () => addon[`${saver}Async`](handle as IndexHandle, path));
  } catch (error) {
    throw named(path, error);
  }
}

/** Throws ERR_FILE for a file that cannot be read, is damaged, of another kind or version; ERR_DTYPE. */
export function loadHandle<L extends Loader>(loader: L, path: string, options?: LoadOptions) {
  const mmap = checkLoad(path, options);
  try {
    return addon[loader](path, mmap) as Loaded<L>;
  } catch (error) {
    throw named(path, error);
  }
}

export async function loadHandleAsync<L extends Loader>(loader: L, path: string, options?: LoadOptions & AsyncOptions) {
  const mmap = checkLoad(path, options);
  const signal = signalOf(options);
  try {
    return await untilAborted(signal, () => addon[`${loader}Async`](path, mmap) as Promise<Loaded<L>>);
  } catch (error) {
    throw named(path, error);
  }
}
