// MatMulNBits of com.microsoft: weights of few bits in blocks along k.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, float32, type NumberArray, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { floatOperand, multiplyFloats } from './products';

interface Blocks {
  readonly n: number;
  readonly k: number;
  readonly bits: number;
  readonly block: number;
  /** Blocks of one row. */
  readonly count: number;
}

function blocksOf(call: Call): Blocks {
  const [n, k] = [call.int('N', 0), call.int('K', 0)];
  const [bits, block] = [call.int('bits', 4), call.int('block_size', 32)];
  if (![2, 4, 8].includes(bits) || !(block >= 16 && block <= 2 ** 20 && Number.isInteger(Math.log2(block))))
    call.fail(`weights of ${bits} bits in blocks of ${block}`, 'ERR_UNSUPPORTED');
  return { n, k, bits, block, count: Math.ceil(k / block) };
}

/** Values of a row as bits, the first lowest; the row's last block is padded. */
function valueAt(bytes: NumberArray, row: number, i: number, { bits, block, count }: Blocks): number {
  const perByte = 8 / bits;
  const byte = bytes[row * ((count * block) / perByte) + Math.floor(i / perByte)]!;
  return (byte >>> ((i % perByte) * bits)) & (2 ** bits - 1);
}

/** Zero points are packed as the weights are, each row a whole number of bytes; or floats; or half of the range. */
function zeroPointsOf(call: Call, blocks: Blocks): (row: number, index: number) => number {
  const { bits, count } = blocks;
  if (!call.has(3)) return () => 2 ** (bits - 1);
  const zeros = call.numbers(3);
  if (call.type(3) !== 'uint8') return (row, index) => zeros[row * count + index]!;
  const perByte = 8 / bits;
  const rowBytes = Math.ceil(count / perByte);
  return (row, index) =>
    (zeros[row * rowBytes + Math.floor(index / perByte)]! >>> ((index % perByte) * bits)) & (2 ** bits - 1);
}

/** The weights [n, k] in float32. */
function unpack(call: Call): Float32Array {
  const blocks = blocksOf(call);
  const { n, k, bits, block, count } = blocks;
  const [bytes, scales] = [call.numbers(1), call.floats(2)];
  if (bytes.length !== (n * count * block * bits) / 8 || scales.length !== n * count)
    call.fail(`${bytes.length} bytes and ${scales.length} scales do not hold [${n}, ${k}] in blocks of ${block}`);
  const zero = zeroPointsOf(call, blocks);
  const out = scratch('float32', [n, k]) as Float32Array;
  for (let row = 0; row < n; row++)
    for (let i = 0; i < k; i++) {
      const index = Math.floor(i / block);
      out[row * k + i] = (valueAt(bytes, row, i, blocks) - zero(row, index)) * scales[row * count + index]!;
    }
  return out;
}

/** a [..., k] times the transpose of the weights [n, k], plus bias; computed in float32 whatever `accuracy_level` is. */
function* matmulNbits(call: Call): Work<readonly TensorValue[]> {
  const { n, k } = blocksOf(call);
  if (call.has(4)) call.fail('it has a group index', 'ERR_UNSUPPORTED');
  const dims = call.dims(0);
  if (dims.at(-1) !== k) call.fail(`[${dims.join(', ')}] does not fit weights of ${k} inputs`);
  const operand = call.keep('packed', [1, 2, 3], () => floatOperand(unpack(call), [k, n], true, true));
  const result = [...dims.slice(0, -1), n];
  const out = scratch('float32', result) as Float32Array;
  yield* multiplyFloats(Float32Array.from(call.floats(0)), operand, out);
  const bias = call.optionalFloats(5);
  if (bias !== undefined && bias.length !== n) call.fail(`it has ${bias.length} biases for ${n} columns`);
  if (bias !== undefined) for (let i = 0; i < productOf(result); i++) out[i]! += bias[i % n]!;
  return [call.type(0) === 'float32' ? float32(result, out) : encode(call.type(0), result, out)];
}

export const MICROSOFT_NBITS: Family = { MatMulNBits: row(1, matmulNbits) };
