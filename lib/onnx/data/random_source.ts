// Random samples: they show that a model runs and how fast, and nothing of its accuracy.
import { Random } from '../../statistics';
import { onnxError } from '../errors';
import { encode } from '../evaluate/numbers';
import { allocateArray, bitsOf, type NumericType, type TensorValue, type ValueInfo } from '../model';
import { dimsOf } from './fit_dims';
import type { RawSample } from './sample_stream';

export interface RandomOptions {
  readonly count: number;
  readonly seed?: number | undefined;
  /** Sizes of axes by their name in the model, such as { sequence: 128 }. */
  readonly dims?: Readonly<Record<string, number>> | undefined;
}

/** Token ids stay below this: vocabularies are larger. */
const IDS = 32;
const SEQUENCE = 128;
const SIDE = 224;
const OTHER = 16;

/** The size of an axis that the model leaves open. */
function sizeOf(dim: string | null, axis: number, rank: number): number {
  if (axis === 0 || /batch/i.test(dim ?? '')) return 1;
  if (/seq|len|token/i.test(dim ?? '')) return SEQUENCE;
  if (rank === 4) return SIDE;
  return rank <= 3 && axis === 1 ? SEQUENCE : OTHER;
}

/** The dims of a random input. Throws ERR_SHAPE for an input whose rank the model does not state. */
export function randomDims(input: ValueInfo, given: Readonly<Record<string, number>> = {}): number[] {
  const dims = dimsOf(input);
  if (dims === undefined)
    throw onnxError('ERR_SHAPE', `input '${input.name}' has no stated shape, which random data need`, {
      tensor: input.name,
    });
  return dims.map((dim, axis) =>
    typeof dim === 'number' ? dim : (given[dim ?? ''] ?? sizeOf(dim, axis, dims.length)),
  );
}

function randomTensor(input: ValueInfo, random: Random, options: RandomOptions): TensorValue {
  const type = (input.type?.kind === 'tensor' ? input.type.elementType : undefined) ?? 'float32';
  const dims = randomDims(input, options.dims);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (type === 'string') return { type, dims, data: new Array<string>(count).fill('') };
  const draw = () => {
    if (/mask/i.test(input.name)) return 1;
    if (type.startsWith('float') || type === 'bfloat16') return random.normal();
    if (type === 'bool') return random.integer(2);
    return random.integer(type === 'uint8' ? 256 : IDS);
  };
  const values = type === 'float64' ? new Float64Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = draw();
  if (type === 'int64') return { type, dims, data: BigInt64Array.from(values, BigInt) };
  if (type === 'uint64') return { type, dims, data: BigUint64Array.from(values, BigInt) };
  if (values instanceof Float64Array || type === 'float32') return { type, dims, data: values };
  return wholeTensor(type, dims, values);
}

function wholeTensor(type: NumericType, dims: readonly number[], values: Float32Array): TensorValue {
  if (type.startsWith('float') || type === 'bfloat16') return encode(type, dims, values);
  const array = bitsOf(type) < 8 ? new Int8Array(values.length) : allocateArray(type, values.length);
  (array as Int8Array).set(values);
  return encode(type, dims, array);
}

/** The same samples for the same seed, everywhere: floats nearly normal, masks 1, other integers from 0 to 31. */
export async function* randomSamples(inputs: readonly ValueInfo[], options: RandomOptions): AsyncGenerator<RawSample> {
  const random = new Random(options.seed ?? 0);
  for (let i = 0; i < options.count; i++)
    yield {
      source: 'random data',
      tensors: Object.fromEntries(inputs.map((input) => [input.name, randomTensor(input, random, options)])),
    };
}
