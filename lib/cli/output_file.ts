// Where results go that an option names a file for: a file replaced as a whole, or stdout for `-`.
import fs from 'node:fs';
import path from 'node:path';
import { fileError } from '../files/file_access';
import { replaceFile } from '../files/replace_files';

function statusOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch {
    return undefined; // what is wrong with it shows when its folder is looked at
  }
}

/** Devices, pipes and the like are written to: they cannot be replaced. */
function isSpecial(file: string): boolean {
  const status = statusOf(file);
  return status !== undefined && !status.isFile() && !status.isDirectory();
}

/**
 * Refuses a target that cannot be written, before the work whose result it should hold.
 * @throws ERR_FILE if its folder is missing or closed, or if it is a folder itself
 */
export function checkTarget(target: string): void {
  if (target === '-' || isSpecial(target)) return;
  if (statusOf(target)?.isDirectory()) throw fileError(target, 'cannot write: is a directory');
  const folder = path.dirname(path.resolve(target));
  if (!statusOf(folder)?.isDirectory()) throw fileError(target, 'cannot write: there is no such folder');
  try {
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (cause) {
    throw fileError(target, 'cannot write: permission denied for its folder', cause);
  }
}

/** Writes a text. A file is complete or as it was before. Throws ERR_FILE if it cannot be written. */
export function writeText(target: string, text: string): void {
  if (target === '-') process.stdout.write(text);
  else if (isSpecial(target)) fs.writeFileSync(target, text);
  else replaceFile(target, [new TextEncoder().encode(text)]);
}

/** Writes a value as indented JSON, as writeText does. */
export function writeJson(target: string, value: unknown): void {
  writeText(target, `${JSON.stringify(value, null, 2)}\n`);
}
