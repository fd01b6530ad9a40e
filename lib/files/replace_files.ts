// Whole files replaced at once: readers, a kill or a full disk meet either the old file or the new one.
import path from 'node:path';
import { reject } from '../validate';
import { asFileError } from './file_access';
import { syncFolder, TemporaryFile } from './temporary_file';

export interface Replacement {
  readonly file: string;
  readonly chunks: Iterable<Uint8Array>;
}

/** Writes the new content beside the file that it is for. */
function prepare({ file, chunks }: Replacement, temporaries: TemporaryFile[]): void {
  const temporary = TemporaryFile.create(file);
  temporaries.push(temporary);
  try {
    for (const chunk of chunks) temporary.append(chunk);
  } catch (cause) {
    throw asFileError(file, 'write', cause); // of the system, whichever chunk met it
  }
  temporary.close();
}

/** Renames finished temporary files in the order given. Throws ERR_FILE at the first that cannot be. */
export function replaceAll(files: readonly TemporaryFile[]): void {
  for (const file of files) file.replace();
  for (const folder of new Set(files.map(({ target }) => path.dirname(target)))) syncFolder(folder);
}

/**
 * Replaces the contents of files, each as a whole. The bytes go to temporary files in the same folders, which are synced;
 * when all are there they are renamed, in the order given, or removed on failure. Permissions of old files are kept.
 * @throws ERR_DTYPE if a `file` is not a string; ERR_FILE if a file cannot be written; what `chunks` throw
 */
export function replaceFiles(replacements: readonly Replacement[]): void {
  for (const { file } of replacements) if (typeof file !== 'string') reject('path', 'a string', file, 'ERR_DTYPE');
  const temporaries: TemporaryFile[] = [];
  try {
    for (const replacement of replacements) prepare(replacement, temporaries);
    replaceAll(temporaries);
  } catch (cause) {
    for (const temporary of temporaries) temporary.remove();
    throw cause;
  }
}

/** Replaces one file's content as a whole, as replaceFiles does. */
export function replaceFile(file: string, chunks: Iterable<Uint8Array>): void {
  replaceFiles([{ file, chunks }]);
}
