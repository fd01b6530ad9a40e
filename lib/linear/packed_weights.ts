// Weights that are quantized already, brought into the form of the kernels that multiply by them.
import { addon, type PackedHandle } from '../addon';
import { makeError } from '../errors';
import { type DataOf, isDataOf } from '../tensor/dtype';
import { checkInteger, checkOneOf, reject } from '../validate';
import { BLOCK_TYPES, type BlockType, type BlockWeights, packNibbles } from '../weights';

/** Weights [n, k] in the form of a kernel, with what a layer of int8 weights without groups keeps beside them. */
export interface PackedWeightsOfLayer {
  readonly weights: PackedHandle;
  readonly k: number;
  readonly n: number;
  readonly weightScale: Float32Array | null;
  readonly weightZeroPoint: Int32Array | null;
}

/** Checked parts of weights in blocks; zero points as the bytes that native code takes. */
export interface Blocks {
  readonly type: BlockType;
  readonly n: number;
  readonly k: number;
  readonly block: number;
  readonly values: Int8Array | Uint8Array;
  readonly scale: Float32Array;
  readonly zeroPoint: Int8Array;
}

const MIDDLE = 128;

/** Throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE for weights in blocks that are malformed. Each property is read once. */
export function checkBlocks(what: string, weights: BlockWeights): Blocks {
  const { type, rows, columns, block, values, scale, zeroPoint, offset } = weights;
  checkOneOf(`${what}.type`, type, BLOCK_TYPES);
  const [n, k, group] = (['rows', 'columns', 'block'] as const).map((name, i) =>
    checkInteger(`${what}.${name}`, [rows, columns, block][i], 1, 2 ** 31 - 1),
  ) as [number, number, number];
  if (!(isDataOf('int8', values) || isDataOf('uint8', values)))
    reject(`${what}.values`, 'an Int8Array or a Uint8Array', values, 'ERR_DTYPE');
  if (!isDataOf('float32', scale)) reject(`${what}.scale`, 'a Float32Array', scale, 'ERR_DTYPE');
  if (!isDataOf('int32', zeroPoint)) reject(`${what}.zeroPoint`, 'an Int32Array', zeroPoint, 'ERR_DTYPE');
  if (offset !== undefined)
    throw makeError(
      'ERR_UNSUPPORTED',
      "weights with offsets, as the method hqq gives, are not for layers: take 'nearest', or 'gptq' with a GramMatrix",
    );
  checkLength(`${what}.values`, values, n * k);
  const count = n * Math.ceil(k / group);
  checkLength(`${what}.scale`, scale, count);
  checkLength(`${what}.zeroPoint`, zeroPoint, count);
  return { type, n, k, block: group, values, scale, zeroPoint: zeroBytes(`${what}.zeroPoint`, type, zeroPoint) };
}

function checkLength(name: string, { length }: DataOf<'int8' | 'uint8' | 'float32' | 'int32'>, expected: number): void {
  if (length !== expected) throw makeError('ERR_SHAPE', `${name} must hold ${expected} values, got ${length}`);
}

/** Zero points as bytes, those of uint8 less 128. Throws ERR_RANGE for what the type does not hold. */
function zeroBytes(name: string, type: BlockType, zeroPoint: Int32Array): Int8Array {
  const [low, high] = type.endsWith('4') ? [-8, 7] : [-128, 127];
  const shift = type.startsWith('u') ? -low : 0;
  const bytes = new Int8Array(zeroPoint.length);
  for (let i = 0; i < bytes.length; i++) {
    const zero = zeroPoint[i]!;
    if (zero < low + shift || zero > high + shift)
      reject(`${name}[${i}]`, `from ${low + shift} to ${high + shift}`, zero, 'ERR_RANGE');
    bytes[i] = type === 'uint8' ? zero - MIDDLE : zero;
  }
  return bytes;
}

/** uint8 values less 128, by which their weights stay the same. */
const signedBytes = ({ type, values }: Blocks): Int8Array =>
  type === 'uint8' ? Int8Array.from(values, (value) => value - MIDDLE) : Int8Array.from(values);

/**
 * Packs weights in blocks: those of 4 bits, and of 8 bits with several blocks to a row, for kernels that scale each block's
 * sum, those of 8 bits with one for kernels that scale each output's.
 * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE for malformed weights, blocks that are neither a multiple of 8 nor whole rows, scales
 *   that are not finite; ERR_UNSUPPORTED for offsets
 */
export function packBlocks(weights: BlockWeights): PackedWeightsOfLayer {
  const blocks = checkBlocks('weight', weights);
  const { type, n, k, block, values, scale, zeroPoint } = blocks;
  const inside = { k, n, weightScale: null, weightZeroPoint: null };
  if (type === 'int4' || type === 'uint4')
    return {
      ...inside,
      weights: addon.packInt4(packNibbles(values), scale, zeroPoint, k, n, block, type === 'int4'),
    };
  const bytes = signedBytes(blocks);
  if (block < k) return { ...inside, weights: addon.packInt8Groups(bytes, scale, zeroPoint, k, n, block) };
  const weightZeroPoint = zeroPoint.every((zero) => zero === 0) ? null : Int32Array.from(zeroPoint);
  return { weights: addon.packInt8(bytes, k, n, true), k, n, weightScale: Float32Array.from(scale), weightZeroPoint };
}
