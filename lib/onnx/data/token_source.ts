// Samples of token ids: a JSON text a line, padded to one length.
import fs from 'node:fs';
import readline from 'node:readline';
import { fileError } from '../../files/file_access';
import { isObject, show } from '../../validate';
import { onnxError } from '../errors';
import type { TensorValue, ValueInfo } from '../model';
import { dimsOf } from './fit_dims';
import type { RawSample } from './sample_stream';

export interface TokenOptions {
  /** What ids are filled up with; default 0. */
  readonly padId?: number | undefined;
  readonly batch: number;
  /** Lines at most. */
  readonly limit: number;
  /** Leaves out a smaller batch at the end. */
  readonly whole?: boolean | undefined;
}

/** Ids, or anything else that goes with them, by input name. */
type Line = ReadonlyMap<string, readonly number[]>;

const isIds = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one));

/** The input that bare arrays are for: 'input_ids', or the only integer input that is no mask. */
export function idsInput(inputs: readonly ValueInfo[]): string | undefined {
  const integer = inputs.filter(
    ({ type }) => type?.kind === 'tensor' && (type.elementType === 'int64' || type.elementType === 'int32'),
  );
  const named = integer.find(({ name }) => name === 'input_ids');
  const others = integer.filter(({ name }) => !/mask|type|position/i.test(name));
  return named?.name ?? (others.length === 1 ? others[0]!.name : undefined);
}

class LineReader {
  readonly #file: string;
  readonly #names: readonly string[];
  readonly #ids: string;

  constructor(file: string, inputs: readonly ValueInfo[]) {
    this.#file = file;
    this.#names = inputs.map(({ name }) => name);
    const ids = idsInput(inputs);
    if (ids === undefined)
      throw onnxError('ERR_RANGE', `${file}: the model has no input for token ids`, {
        hint: `Its inputs are ${this.#names.map((name) => `'${name}'`).join(', ')}; give samples as .npy files or an ES module.`,
      });
    this.#ids = ids;
  }

  get ids(): string {
    return this.#ids;
  }

  read(text: string, number: number): Line {
    const fail = (fault: string) =>
      onnxError('ERR_FILE', `${this.#file}, line ${number + 1}: ${fault}`, {
        sample: number,
        hint: 'Every line is an array of token ids, or an object such as {"input_ids": [...]}.',
      });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw fail(`no JSON: ${(cause as Error).message}`);
    }
    const fields = isIds(value) ? { [this.#ids]: value } : value;
    if (!isObject(fields) || Array.isArray(fields)) throw fail(`expected token ids, got ${show(value)}`);
    const line = new Map<string, readonly number[]>();
    for (const [name, ids] of Object.entries(fields)) {
      if (!this.#names.includes(name)) continue;
      if (!isIds(ids)) throw fail(`'${name}' must be an array of integers, got ${show(ids)}`);
      line.set(name, ids);
    }
    const length = line.get(this.#ids)?.length;
    if (length === undefined) throw fail(`it has no '${this.#ids}'`);
    if (length === 0) throw fail(`'${this.#ids}' is empty`);
    for (const [name, ids] of line)
      if (ids.length !== length) throw fail(`'${name}' has ${ids.length} values, '${this.#ids}' has ${length}`);
    return line;
  }
}

/** What stands at place i of an input that a line does not give. */
function valueAt(name: string, i: number, length: number): number {
  if (/position/i.test(name)) return i;
  return /mask/i.test(name) && i < length ? 1 : 0;
}

function rowOf(line: Line, name: string, ids: string, { length, padId }: { length: number; padId: number }): number[] {
  const given = line.get(name);
  const used = Math.min(line.get(ids)!.length, length);
  const pad = name === ids ? padId : 0;
  return Array.from({ length }, (_, i) => (given === undefined ? valueAt(name, i, used) : i < used ? given[i]! : pad));
}

function batchOf(
  lines: readonly Line[],
  inputs: readonly ValueInfo[],
  ids: string,
  padId: number,
): RawSample['tensors'] {
  const longest = Math.max(...lines.map((line) => line.get(ids)!.length));
  const tensors: Record<string, TensorValue> = {};
  for (const input of inputs) {
    const fixed = dimsOf(input)?.[1];
    const length = typeof fixed === 'number' ? fixed : longest;
    const values = lines.flatMap((line) => rowOf(line, input.name, ids, { length, padId }));
    tensors[input.name] = {
      type: 'int64',
      dims: [lines.length, length],
      data: BigInt64Array.from(values, BigInt),
    };
  }
  return tensors;
}

/**
 * The lines of a file, `batch` at a time, padded to the model's length or that of the longest of them; what is longer than
 * the model's length is cut off. Masks that a line does not give are 1 for its ids and 0 for the padding; positions count
 * from 0; other inputs are 0. Fields that are no input are left out.
 */
export async function* readTokens(
  file: string,
  inputs: readonly ValueInfo[],
  { padId = 0, batch, limit, whole = false }: TokenOptions,
): AsyncGenerator<RawSample> {
  const reader = new LineReader(file, inputs);
  const stream = fs.createReadStream(file);
  stream.on('error', () => undefined); // it is asked below
  let waiting: Line[] = [];
  let number = 0;
  let taken = 0;
  const flush = (): RawSample => {
    const tensors = batchOf(waiting, inputs, reader.ids, padId);
    waiting = [];
    return { source: file, tensors };
  };
  try {
    for await (const text of readline.createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (taken === limit) break;
      if (text.trim() !== '') {
        waiting.push(reader.read(text, number));
        taken++;
      }
      number++;
      if (waiting.length >= batch) yield flush();
    }
    if (stream.errored !== null) throw fileError(file, `cannot read: ${stream.errored.message}`, stream.errored);
    if (waiting.length > 0 && !whole) yield flush();
  } finally {
    stream.destroy();
  }
}
