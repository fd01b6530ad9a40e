// Samples as they come, made into what a model takes: types, dims, batches.
import { makeError } from '../../errors';
import { onnxError } from '../errors';
import {
  allocateArray,
  byteLengthOf,
  type ElementArray,
  type Feeds,
  type NumericType,
  type TensorValue,
  type ValueInfo,
} from '../model';
import { dimsOf, fitDims } from './fit_dims';
import { castTo } from './sample_tensor';

/** One sample: its tensors by input name, each with the file or other place that it comes from. */
export interface RawSample {
  readonly source: string;
  readonly tensors: Readonly<Record<string, TensorValue>>;
}

/** The feeds of one sample. Throws ERR_RANGE for what does not fit, naming source, input and sample. */
export function feedsOf(inputs: readonly ValueInfo[], { source, tensors }: RawSample, sample: number): Feeds {
  const feeds: Record<string, TensorValue> = {};
  for (const input of inputs) {
    const value = tensors[input.name];
    if (value === undefined)
      throw onnxError('ERR_RANGE', `${source}: sample ${sample} has no tensor for the input '${input.name}'`, {
        tensor: input.name,
        sample,
        hint: `Every sample needs ${inputs.map(({ name }) => `'${name}'`).join(', ')}.`,
      });
    const place = { source, input: input.name, sample };
    const type = input.type?.kind === 'tensor' ? input.type.elementType : undefined;
    feeds[input.name] = fitDims(input, type === undefined ? value : castTo(value, type, place), place);
  }
  return feeds;
}

/** What the model fixes the first axis of all its inputs to, if that is one number above 1; else undefined. */
export function fixedBatch(inputs: readonly ValueInfo[]): number | undefined {
  const first = inputs.map((input) => dimsOf(input)?.[0]);
  const [size] = first;
  return typeof size === 'number' && size > 1 && first.every((dim) => dim === size) ? size : undefined;
}

/** True if samples of one can go into one run: the first axis of every input is free. */
export function canBatch(inputs: readonly ValueInfo[]): boolean {
  return (
    inputs.length > 0 && inputs.every((input) => dimsOf(input) !== undefined && typeof dimsOf(input)![0] !== 'number')
  );
}

function joined(values: readonly TensorValue[]): TensorValue {
  const [first] = values as [TensorValue];
  const dims = [values.length, ...first.dims.slice(1)];
  if (first.type === 'string') return { ...first, dims, data: values.flatMap(({ data }) => data as readonly string[]) };
  const type = first.type as NumericType;
  const length = (first.data as ElementArray).length;
  const data = allocateArray(type, 0).constructor as new (length: number) => ElementArray;
  const whole = new data(length * values.length);
  values.forEach((value, i) => {
    (whole as Uint8Array).set(value.data as Uint8Array, i * length);
  });
  if (
    whole.byteLength !==
    byteLengthOf(
      type,
      dims.reduce((product, dim) => product * dim, 1),
    )
  )
    throw makeError('ERR_UNSUPPORTED', `samples of ${type} that end within a byte cannot be put together`);
  return { type, dims, data: whole };
}

const shapeOf = (feeds: Feeds): string => JSON.stringify(Object.values(feeds).map(({ dims }) => dims));

/**
 * Puts samples of one together, `batch` at a time; what is left at the end, or before other dims come, is a smaller batch,
 * which `whole` leaves out.
 */
export async function* batchesOf(
  samples: AsyncIterable<Feeds>,
  batch: number,
  whole = false,
): AsyncGenerator<Feeds, void, undefined> {
  let waiting: Feeds[] = [];
  const together = (): Feeds =>
    Object.fromEntries(Object.keys(waiting[0]!).map((name) => [name, joined(waiting.map((feeds) => feeds[name]!))]));
  for await (const feeds of samples) {
    const single = Object.values(feeds).every(({ dims }) => dims[0] === 1);
    const same = single && waiting.length > 0 && shapeOf(waiting[0]!) === shapeOf(feeds);
    if (waiting.length > 0 && !same) {
      if (!whole) yield together();
      waiting = [];
    }
    if (single) waiting.push(feeds);
    else yield feeds;
    if (waiting.length < batch) continue;
    yield together();
    waiting = [];
  }
  if (waiting.length > 0 && !whole) yield together();
}
