// Where `--json FILE` goes: a file replaced as a whole, or stdout for `-`.
import fs from 'node:fs';
import path from 'node:path';
import { fileError, replaceFile } from '../safetensors/file_access';

/** Devices, pipes and the like are written to: they cannot be replaced. */
function isSpecial(file: string): boolean {
  const status = fs.statSync(file, { throwIfNoEntry: false });
  return status !== undefined && !status.isFile() && !status.isDirectory();
}

/**
 * Refuses a target that cannot be written, before the work whose result it should hold.
 * @throws ERR_FILE if its folder is missing or closed, or if it is a folder itself
 */
export function checkJsonTarget(target: string): void {
  if (target === '-' || isSpecial(target)) return;
  if (fs.statSync(target, { throwIfNoEntry: false })?.isDirectory())
    throw fileError(target, 'cannot write: is a directory');
  try {
    fs.accessSync(path.dirname(path.resolve(target)), fs.constants.W_OK);
  } catch (cause) {
    throw fileError(target, 'cannot write: its folder is missing or may not be written to', cause);
  }
}

/** Writes a value as indented JSON. The file is complete or as it was before. Throws ERR_FILE if it cannot be written. */
export function writeJson(target: string, value: unknown): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (target === '-') process.stdout.write(text);
  else if (isSpecial(target)) fs.writeFileSync(target, text);
  else replaceFile(target, [new TextEncoder().encode(text)]);
}
