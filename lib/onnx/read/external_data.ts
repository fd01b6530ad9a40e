// Tensors whose bytes lie in files beside the model.
import path from 'node:path';
import { makeError } from '../../errors';
import { fileError, readExactly, withFile } from '../../files/file_access';
import type { TensorSource } from '../model';
import type { TensorProto } from '../schema/onnx_pb';

/** Finds external files relative to the model's folder; undefined where the model has none. */
export class ExternalData {
  readonly #folder: string | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Where a tensor's bytes are. Throws ERR_FILE for a place outside the file or a file outside the model's folder. */
  source(proto: TensorProto, byteLength: number): TensorSource {
    const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
    const file = this.#resolve(proto.name, entries.get('location') ?? '');
    const offset = integerOf(proto.name, 'offset', entries.get('offset') ?? '0');
    const length = integerOf(proto.name, 'length', entries.get('length') ?? String(byteLength));
    if (length !== byteLength)
      throw makeError('ERR_FILE', `tensor '${proto.name}' has ${length} external bytes, expected ${byteLength}`);
    withFile(file, ({ bytes }) => {
      if (offset + length > bytes)
        throw fileError(file, `tensor '${proto.name}' lies at ${offset} + ${length}, beyond the end at ${bytes}`);
    });
    const read = () =>
      withFile(file, (open) => {
        const target = new Uint8Array(length);
        readExactly(open, target, offset);
        return target;
      });
    return { kind: 'file', byteLength, read };
  }

  #resolve(name: string, location: string): string {
    if (this.#folder === undefined)
      throw makeError('ERR_FILE', `tensor '${name}' lies in '${location}', but the model was not read from a folder`);
    const file = path.resolve(this.#folder, location);
    const inside = path.relative(path.resolve(this.#folder), file);
    if (location === '' || inside === '' || inside.startsWith('..') || path.isAbsolute(inside))
      throw makeError('ERR_FILE', `tensor '${name}' lies in '${location}', outside the model's folder`);
    return file;
  }
}

function integerOf(name: string, key: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw makeError('ERR_FILE', `tensor '${name}' has the external ${key} '${text}', expected an integer from 0`);
  return value;
}
