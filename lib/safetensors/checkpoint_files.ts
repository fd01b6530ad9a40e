// Which files a checkpoint consists of: one, or those that an index names.
import fs from 'node:fs';
import path from 'node:path';
import { asFileError, fileError, readExactly, withFile } from '../files/file_access';
import { reject, show } from '../validate';
import { parseJsonObject, textsOf } from './parse_json';

export const FILE_ENDING = '.safetensors';
export const INDEX_ENDING = '.safetensors.index.json';
const MAX_INDEX_BYTES = 100_000_000;

export interface CheckpointFile {
  readonly path: string;
  /** The tensors that the index says are in it; undefined without an index. */
  readonly names: ReadonlySet<string> | undefined;
}

export interface CheckpointFiles {
  /** The file or index itself, wherever a folder led to it. */
  readonly path: string;
  readonly files: readonly CheckpointFile[];
  /** The index's own `metadata`, as it stands there; empty without an index. */
  readonly indexMetadata: Readonly<Record<string, unknown>>;
}

/** A file beside the index: a name alone, since one that leads elsewhere could have any file of the machine read. */
function shardPath(index: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\\:\0]/.test(name))
    throw fileError(index, `names a file that is not beside it: ${show(name)}`);
  return path.join(path.dirname(index), name);
}

function readIndex(index: string): CheckpointFiles {
  const json = withFile(index, (file) => {
    if (file.bytes > MAX_INDEX_BYTES) throw fileError(index, `not an index: ${file.bytes} bytes`);
    const bytes = new Uint8Array(file.bytes);
    readExactly(file, bytes, 0);
    return parseJsonObject(index, 'not an index: it', bytes);
  });
  const shards = new Map<string, Set<string>>();
  for (const [name, file] of textsOf(index, 'weight_map', json.weight_map)) {
    const names = shards.get(file) ?? new Set();
    shards.set(file, names.add(name));
  }
  const { metadata } = json;
  return {
    path: index,
    files: [...shards].map(([file, names]) => ({ path: shardPath(index, file), names })),
    indexMetadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {},
  };
}

/** The one checkpoint of a folder: an index comes before a file, model.safetensors before other names. */
function findIn(folder: string): string {
  const names = fs.readdirSync(folder);
  for (const ending of [INDEX_ENDING, FILE_ENDING]) {
    const found = names.filter((name) => name.endsWith(ending));
    const [first] = found.includes(`model${ending}`) ? [`model${ending}`] : found;
    if (first !== undefined && (found.length === 1 || first.startsWith('model.'))) return path.join(folder, first);
    if (found.length > 1) throw fileError(folder, `holds ${found.length} checkpoints: ${found.slice(0, 3).join(', ')}`);
  }
  throw fileError(folder, `holds no ${FILE_ENDING} file`);
}

/**
 * The files of a checkpoint.
 * @param given a file .safetensors, an index .json, or a folder that holds one checkpoint
 * @throws ERR_DTYPE unless it is a string; ERR_FILE for a folder without one or with several, and a malformed index
 */
export function checkpointFiles(given: string): CheckpointFiles {
  if (typeof given !== 'string') reject('path', 'a string', given, 'ERR_DTYPE');
  try {
    const isFolder = fs.statSync(given, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const found = isFolder ? findIn(given) : given;
    if (found.endsWith('.json')) return readIndex(found);
    return { path: found, files: [{ path: found, names: undefined }], indexMetadata: {} };
  } catch (cause) {
    throw asFileError(given, 'read', cause);
  }
}
