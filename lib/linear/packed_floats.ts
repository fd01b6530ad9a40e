// Weights that float32 rows meet as they are: codes of a table, and floats of 16 bits, brought into the form of their kernels.
import { addon } from '../addon';
import { makeError } from '../errors';
import { isDataOf } from '../tensor/dtype';
import { bfloat16Bits, halfBits } from '../tensor/half_floats';
import { checkContiguous } from '../tensor/matrix';
import { valuesOf } from '../tensor/small_floats';
import { readTensorLike, type TensorLike } from '../tensor/tensor';
import { checkInteger, checkOneOf, isObject, reject } from '../validate';
import { absmaxOf, CODEBOOK_TYPES, type CodebookType, type CodebookWeights, codeTable } from '../weights';
import type { PackedWeightsOfLayer } from './packed_weights';

/** Floats of 16 bits, whose names are formats of weights as well. */
export const HALF_TYPES = ['float16', 'bfloat16'] as const;
export type HalfType = (typeof HALF_TYPES)[number];

const inside = { weightScale: null, weightZeroPoint: null };

/** Checked parts of codes, magnitudes as float32 whatever way they are stored. */
export interface Codes {
  readonly type: CodebookType;
  readonly n: number;
  readonly k: number;
  readonly group: number;
  readonly codes: Uint8Array;
  readonly magnitudes: Float32Array;
}

/** Throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE for codes that are malformed. Each property is read once. */
export function checkCodebook(what: string, given: CodebookWeights): Codes {
  const { type, rows, columns, block, codes, absmax } = given;
  checkOneOf(`${what}.type`, type, CODEBOOK_TYPES);
  const n = checkInteger(`${what}.rows`, rows, 1, 2 ** 31 - 1);
  const k = checkInteger(`${what}.columns`, columns, 1, 2 ** 31 - 1);
  const group = checkInteger(`${what}.block`, block, 1, 2 ** 31 - 1);
  if (!isDataOf('uint8', codes)) reject(`${what}.codes`, 'a Uint8Array', codes, 'ERR_DTYPE');
  const magnitudes = magnitudesOf(`${what}.absmax`, absmax);
  const count = Math.ceil((n * k) / group);
  if (magnitudes.length !== count)
    throw makeError('ERR_SHAPE', `${what}.absmax must hold ${count} values, got ${magnitudes.length}`);
  return { type, n, k, group, codes, magnitudes };
}

/**
 * Packs codes of nf4 or fp4.
 * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE for weights that are malformed, magnitudes that are not finite
 */
export function packCodebook(given: CodebookWeights): PackedWeightsOfLayer {
  const { type, codes, magnitudes, n, k, group } = checkCodebook('weight', given);
  return { weights: addon.packLut4(codes, codeTable(type), magnitudes, k, n, group), k, n, ...inside };
}

function magnitudesOf(name: string, absmax: CodebookWeights['absmax']): Float32Array {
  if (isDataOf('float32', absmax)) return absmax;
  if (!isObject(absmax)) reject(name, 'a Float32Array or nested magnitudes', absmax, 'ERR_DTYPE');
  const { codes, scale, offset, block, map } = absmax;
  if (!isDataOf('uint8', codes)) reject(`${name}.codes`, 'a Uint8Array', codes, 'ERR_DTYPE');
  for (const [part, values] of Object.entries({ scale, map }))
    if (!isDataOf('float32', values)) reject(`${name}.${part}`, 'a Float32Array', values, 'ERR_DTYPE');
  if (typeof offset !== 'number') reject(`${name}.offset`, 'a number', offset, 'ERR_DTYPE');
  checkInteger(`${name}.block`, block, 1, 2 ** 31 - 1);
  if (map.length !== 256 || scale.length !== Math.ceil(codes.length / block))
    throw makeError('ERR_SHAPE', `${name} must have a map of 256 values and a scale for each block of codes`);
  return absmaxOf({ absmax: { codes, scale, offset, block, map } });
}

/** The type of a tensor of 16-bit floats; undefined for anything else. */
export function halfTypeOf(weight: unknown): HalfType | undefined {
  const type = isObject(weight) ? weight.type : undefined;
  return HALF_TYPES.find((half) => half === type);
}

/** A matrix of 16-bit floats as float32, which is exact; anything else as it is. */
export function floatTensor(name: string, weight: unknown, half: HalfType | undefined): TensorLike<'float32'> {
  if (half === undefined) return weight as TensorLike<'float32'>;
  const { dims, data } = halfMatrix(name, weight, half);
  const values = valuesOf(half);
  return { type: 'float32', dims, data: Float32Array.from(wordsOf(data), (bits) => values[bits]!) };
}

/** A checked matrix [out, in] of float32 or 16-bit floats. */
function halfMatrix(name: string, weight: unknown, half: HalfType): TensorLike<'float32' | HalfType> {
  const tensor = readTensorLike<'float32' | HalfType>(name, weight, ['float32', half]);
  checkContiguous(name, tensor);
  if (tensor.dims.length !== 2) throw makeError('ERR_SHAPE', `${name} must be a matrix, got dims [${tensor.dims}]`);
  return tensor;
}

/** The bits of a matrix of 16-bit floats, or of a float32 one rounded to the nearest, ties to even. */
export function halfBitsOf(name: string, weight: unknown, type: HalfType) {
  const tensor = halfMatrix(name, weight, type);
  const [n, k] = tensor.dims as readonly [number, number];
  return {
    bits: tensor.type === 'float32' ? roundHalf(tensor.data as Float32Array, type) : wordsOf(tensor.data),
    n,
    k,
  };
}

/**
 * Packs a matrix as 16-bit floats.
 * @throws ERR_DTYPE, ERR_SHAPE for what is no matrix; ERR_RANGE for a float32 that is not finite, or not when it is rounded
 */
export function packHalf(weight: unknown, type: HalfType): PackedWeightsOfLayer {
  const { bits, n, k } = halfBitsOf('layer.weight', weight, type);
  return { weights: addon.packFloat16(bits, k, n, true, type === 'bfloat16'), k, n, ...inside };
}

/** A Float16Array as its words. */
function wordsOf(data: ArrayBufferView & { readonly length: number }): Uint16Array {
  if (data instanceof Uint16Array) return data;
  return data.length === 0 ? new Uint16Array() : new Uint16Array(data.buffer, data.byteOffset, data.length);
}

function roundHalf(data: Float32Array, type: HalfType): Uint16Array {
  const [bitsOf, infinity] = type === 'float16' ? ([halfBits, 0x7c00] as const) : ([bfloat16Bits, 0x7f80] as const);
  const bits = new Uint16Array(data.length);
  for (let i = 0; i < bits.length; i++) {
    bits[i] = bitsOf(data[i]!);
    if ((bits[i]! & infinity) === infinity)
      throw makeError('ERR_RANGE', `weights must be finite as ${type}, got ${data[i]} at index ${i}`);
  }
  return bits;
}
