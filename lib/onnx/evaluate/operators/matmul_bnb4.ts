// MatMulBnb4 of com.microsoft: weights as 4-bit codes of a table, as bitsandbytes has them.
import { decodeCodebook } from '../../../weights';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, float32, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { floatOperand, multiplyFloats } from './products';

const TYPES = ['fp4', 'nf4'] as const;

/** The weights [n, k] in float32; blocks run on over the ends of rows. */
function unpack(call: Call, n: number, k: number): Float32Array {
  const [block, kind] = [call.int('block_size', 64), call.int('quant_type', 1)];
  const type = TYPES[kind];
  if (type === undefined || !(block >= 2 && block % 2 === 0))
    call.fail(`codes of the type ${kind} in blocks of ${block}`, 'ERR_UNSUPPORTED');
  const [codes, absmax] = [Uint8Array.from(call.numbers(1)), Float32Array.from(call.floats(2))];
  if (codes.length !== Math.ceil((n * k) / 2) || absmax.length !== Math.ceil((n * k) / block))
    call.fail(`${codes.length} bytes and ${absmax.length} magnitudes do not hold [${n}, ${k}] in blocks of ${block}`);
  return decodeCodebook({ type, rows: n, columns: k, block, codes, absmax });
}

/** a [..., k] times the transpose of the weights [n, k], computed in float32. */
function* matmulBnb4(call: Call): Work<readonly TensorValue[]> {
  const [n, k] = [call.int('N', 0), call.int('K', 0)];
  const dims = call.dims(0);
  if (dims.at(-1) !== k) call.fail(`[${dims.join(', ')}] does not fit weights of ${k} inputs`);
  if (call.int('transB', 1) !== 1) call.fail('its weights are not transposed', 'ERR_UNSUPPORTED');
  const operand = call.keep('unpacked', [1, 2], () => floatOperand(unpack(call, n, k), [k, n], true, true));
  const result = [...dims.slice(0, -1), n];
  const out = scratch('float32', result) as Float32Array;
  yield* multiplyFloats(Float32Array.from(call.floats(0)), operand, out);
  return [call.type(0) === 'float32' ? float32(result, out) : encode(call.type(0), result, out)];
}

export const MICROSOFT_BNB4: Family = { MatMulBnb4: row(1, matmulBnb4) };
