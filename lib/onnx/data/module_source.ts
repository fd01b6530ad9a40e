// Samples from a user's ES module: an async generator, or anything else that can be iterated.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeError } from '../../errors';
import { isObject, show } from '../../validate';
import { onnxError } from '../errors';
import type { ElementArray, ElementType, TensorValue, ValueInfo } from '../model';
import { dimsOf } from './fit_dims';
import type { RawSample } from './sample_stream';

/** What a module's function is called with. */
export interface ModuleArguments {
  readonly inputs: readonly ValueInfo[];
  /** Aborted when the samples are not wanted any more. */
  readonly signal: AbortSignal | undefined;
}

type Samples = Iterable<unknown> | AsyncIterable<unknown>;
type Begin = (args: ModuleArguments) => Samples | Promise<Samples>;

const HINT =
  "Export an async generator: export default async function* () { yield { input: { type: 'float32', dims: [1, 3], data } }; }";

const canIterate = (value: unknown): value is Samples =>
  isObject(value) && (Symbol.asyncIterator in value || Symbol.iterator in value);

/** Loads a module's default export, or its `samples`. Throws ERR_FILE for a module that fails, or exports neither. */
export async function loadSampleModule(file: string): Promise<Begin> {
  const module = (await import(pathToFileURL(path.resolve(file)).href).catch((cause: unknown) => {
    throw onnxError('ERR_FILE', `${file}: cannot be loaded: ${(cause as Error)?.message}`, { cause });
  })) as { default?: unknown; samples?: unknown };
  const found = module.default ?? module.samples;
  if (typeof found === 'function') return found as Begin;
  if (canIterate(found) && !('next' in found)) return () => found;
  throw onnxError(
    'ERR_FILE',
    `${file}: its default export or \`samples\` must be a generator function or an iterable`,
    {
      hint: HINT,
    },
  );
}

/** Array classes that stand for one element type where none is named. */
const TYPES: Readonly<Record<string, ElementType>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Float16Array: 'float16',
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
};

/** Float16Array and Uint8ClampedArray under the classes that stand for their types here. */
function plainArray(data: ElementArray, name: string): ElementArray {
  if (name === 'Float16Array') return new Uint16Array(data.buffer, data.byteOffset, data.length);
  return name === 'Uint8ClampedArray' ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
}

/** A tensor, or a bare typed array: of the input's whole shape, or of the shape behind a batch axis of 1. */
function tensorOf(value: unknown, input: ValueInfo, fail: (fault: string) => Error): TensorValue {
  const bare = ArrayBuffer.isView(value);
  const { type, dims, data } = (isObject(value) && !bare ? value : { data: value }) as Partial<TensorValue>;
  if (Array.isArray(data) && type === 'string' && dims !== undefined) return { type, dims, data };
  const name = Object.prototype.toString.call(data).slice(8, -1);
  const found = type ?? TYPES[name];
  if (!ArrayBuffer.isView(data) || found === undefined || (dims === undefined && !bare))
    throw fail(`must be { type, dims, data } or a typed array, got ${show(value)}`);
  const array = plainArray(data as ElementArray, name);
  if (dims !== undefined) return { type: found, dims, data: array };
  const open = dimsOf(input)?.map((dim, axis) => (axis === 0 && typeof dim !== 'number' ? 1 : dim));
  if (open === undefined || !open.every((dim) => typeof dim === 'number'))
    throw fail('is a bare array, but the model leaves its shape open: give { type, dims, data }');
  const expected = (open as number[]).reduce((product, dim) => product * dim, 1);
  if (array.length !== expected)
    throw fail(`has ${array.length} values, expected ${expected} for [${open.join(', ')}]`);
  return { type: found, dims: open as number[], data: array };
}

function rawSample(file: string, inputs: readonly ValueInfo[], yielded: unknown, sample: number): RawSample {
  if (!isObject(yielded) || ArrayBuffer.isView(yielded) || Array.isArray(yielded))
    throw onnxError('ERR_DTYPE', `${file}: sample ${sample} must be an object of tensors, got ${show(yielded)}`, {
      sample,
      hint: HINT,
    });
  const tensors: Record<string, TensorValue> = {};
  for (const [name, value] of Object.entries(yielded)) {
    const input = inputs.find((one) => one.name === name);
    const details = { tensor: name, sample };
    if (input === undefined) {
      const known = inputs.map((one) => `'${one.name}'`).join(', ');
      throw onnxError('ERR_RANGE', `${file}: sample ${sample} has '${name}', the model's inputs are ${known}`, details);
    }
    const fail = (fault: string) =>
      onnxError('ERR_DTYPE', `${file}: input '${name}' of sample ${sample} ${fault}`, details);
    tensors[name] = tensorOf(value, input, fail);
  }
  return { source: file, tensors };
}

/**
 * The samples of a module. If they are not wanted any more, its generator's `finally` runs.
 * @throws what the module throws; ERR_DTYPE and ERR_RANGE for what is no sample
 */
export async function* readModule(file: string, begin: Begin, args: ModuleArguments): AsyncGenerator<RawSample> {
  const samples = await begin(args);
  if (!canIterate(samples))
    throw makeError('ERR_DTYPE', `${file}: its function must return an iterable, got ${show(samples)}`);
  let sample = 0;
  for await (const yielded of samples) yield rawSample(file, args.inputs, yielded, sample++);
}
