// Tensors whose bytes lie in files beside the model.
import fs from 'node:fs';
import path from 'node:path';
import { fileError, readExactly, withFile } from '../../files/file_access';
import { type OnnxError, onnxError } from '../errors';
import type { TensorSource } from '../model';
import type { TensorProto } from '../schema/onnx_pb';

/** What tells that a file is still the one that was seen. */
interface Seen {
  readonly file: string;
  readonly bytes: number;
  readonly state: string;
}

const stateOf = (fd: number): string => {
  const { dev, ino, size, mtimeMs } = fs.fstatSync(fd);
  return [dev, ino, size, mtimeMs].join(' ');
};

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

const contains = (folder: string, file: string): boolean => {
  const inside = path.relative(folder, file);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${path.sep}`) && !path.isAbsolute(inside);
};

const refuse = (tensor: string, fault: string): OnnxError =>
  onnxError('ERR_FILE', `tensor '${tensor}' ${fault}`, { tensor });

/**
 * Finds external files below the model's folder. Links may not lead out of it, but to where the model itself is a link to:
 * download caches keep models as links to one store.
 */
export class ExternalData {
  readonly #folder: string | undefined;
  readonly #roots: readonly string[];
  readonly #seen = new Map<string, Seen>();

  /** `folder` is undefined where the model has none; `model` is its file, if it has one. */
  constructor(folder: string | undefined, model?: string) {
    this.#folder = folder;
    const roots = folder === undefined ? [] : [realPath(folder)];
    this.#roots = model === undefined ? roots : [...roots, path.dirname(realPath(model))];
  }

  /** Where a tensor's bytes are. Throws ERR_FILE for a place outside the file or a file outside the model's folder. */
  source(proto: TensorProto, byteLength: number): TensorSource {
    const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
    const seen = this.#find(proto.name, entries.get('location') ?? '');
    const offset = integerOf(proto.name, 'offset', entries.get('offset') ?? '0');
    const length = integerOf(proto.name, 'length', entries.get('length') ?? String(byteLength));
    if (length !== byteLength) throw refuse(proto.name, `has ${length} external bytes, expected ${byteLength}`);
    if (offset + length > seen.bytes)
      throw refuse(proto.name, `lies at ${offset} + ${length} in ${seen.file}, beyond its end at ${seen.bytes}`);
    return { kind: 'file', file: seen.file, offset, byteLength, read: () => readPart(seen, offset, length) };
  }

  #find(name: string, location: string): Seen {
    const known = this.#seen.get(location);
    if (known !== undefined) return known;
    const file = this.#resolve(name, location);
    try {
      const found = withFile(file, ({ bytes, fd }) => ({ file, bytes, state: stateOf(fd) }));
      this.#seen.set(location, found);
      return found;
    } catch (cause) {
      throw onnxError('ERR_FILE', `tensor '${name}': ${(cause as Error).message}`, { tensor: name, cause });
    }
  }

  #resolve(name: string, location: string): string {
    if (this.#folder === undefined)
      throw refuse(name, `lies in '${location}', but the model was not read from a folder`);
    const file = path.resolve(this.#folder, location);
    if (location === '' || location.includes('\0') || !contains(path.resolve(this.#folder), file))
      throw refuse(name, `lies in '${location}', outside the model's folder`);
    const real = realPath(file);
    if (!this.#roots.some((root) => contains(root, real)))
      throw refuse(name, `lies in '${location}', a link out of the model's folder`);
    return file;
  }
}

function readPart({ file, state }: Seen, offset: number, length: number): Uint8Array {
  return withFile(file, (open) => {
    if (stateOf(open.fd) !== state) throw fileError(file, 'has changed since the model was read');
    const target = new Uint8Array(length);
    readExactly(open, target, offset);
    return target;
  });
}

function integerOf(name: string, key: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw refuse(name, `has the external ${key} '${text}', expected an integer from 0`);
  return value;
}
