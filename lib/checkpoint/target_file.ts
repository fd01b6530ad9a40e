// Where a converted checkpoint goes.
import fs from 'node:fs';
import path from 'node:path';
import { asFileError, fileError } from '../files/file_access';
import { replaceFile } from '../files/replace_files';
import { reject } from '../validate';
import type { QuantizationConfig } from './quantization_config';

const CONFIG_NAME = 'config.json';

function isFolder(target: string): boolean {
  return /[\\/]$/.test(target) || (fs.statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

export interface Target {
  /** The file or index. */
  readonly file: string;
  /** Where a config.json belongs: the folder that was asked for; undefined if a file was. */
  readonly folder: string | undefined;
}

/** The file of a target that may be a folder, which then is made. Throws ERR_DTYPE, ERR_FILE. */
export function resolveTarget(target: unknown, bytes: number, maxBytes: number): Target {
  if (typeof target !== 'string' || target === '') reject('target', 'a path', target, 'ERR_DTYPE');
  try {
    if (!isFolder(target)) return { file: target, folder: undefined };
    fs.mkdirSync(target, { recursive: true });
  } catch (cause) {
    throw asFileError(target, 'write', cause);
  }
  const name = bytes <= maxBytes ? 'model.safetensors' : 'model.safetensors.index.json';
  return { file: path.join(target, name), folder: target };
}

const realPath = (file: string): string => {
  try {
    return fs.realpathSync(file);
  } catch {
    return path.resolve(file);
  }
};

/** Throws ERR_FILE if a file that is read would be written. */
export function checkApart(sources: readonly string[], targets: readonly string[]): void {
  const read = new Set(sources.map(realPath));
  for (const target of targets)
    if (read.has(realPath(target))) throw fileError(target, 'is the checkpoint itself, which is never replaced');
}

/** Writes the source's config.json, if it has one, beside the result, with what is new. Throws ERR_FILE if it is no JSON object. */
export function writeConfig(sourceFile: string, folder: string, config: QuantizationConfig): string[] {
  const source = path.join(path.dirname(sourceFile), CONFIG_NAME);
  const target = path.join(folder, CONFIG_NAME);
  if (!fs.existsSync(source)) return [];
  checkApart([source], [target]);
  let json: unknown;
  try {
    json = JSON.parse(fs.readFileSync(source, 'utf8'));
  } catch (cause) {
    throw fileError(source, 'is not valid JSON', cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw fileError(source, 'is not a JSON object');
  const text = JSON.stringify({ ...json, quantization_config: config }, null, 2);
  replaceFile(target, [new TextEncoder().encode(`${text}\n`)]);
  return [target];
}
