// Attention and RotaryEmbedding.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, type FloatArray, float32, floatsOfValue, scratch } from '../numbers';
import { type Family, type Operator, row, type Work } from '../operator';
import { mask } from './attention_mask';
import { concatenated, permuted } from './move';
import { dispose, floatOperand, multiplyFloats } from './products';
import { softmaxOf } from './softmax';

/** [batch, sequence, heads · size] as [batch, heads, sequence, size]; four dims stay. */
function headsFirst(call: Call, value: TensorValue, attribute: string): TensorValue {
  if (value.dims.length === 4) return value;
  const heads = call.int(attribute, 0);
  const [batch, sequence, width] = value.dims;
  if (value.dims.length !== 3 || !(heads >= 1) || width! % heads !== 0)
    return call.fail(`[${value.dims.join(', ')}] does not divide into ${heads} heads (${attribute})`);
  return permuted({ ...value, dims: [batch!, sequence!, heads, width! / heads] }, [0, 2, 1, 3]);
}

/** The keys or values before these, and these. */
function withPast(call: Call, value: TensorValue, past: number): TensorValue {
  return call.has(past) ? concatenated(call, [call.input(past), value], 2) : value;
}

const asFloats = (value: TensorValue): TensorValue =>
  value.type === 'float32' ? value : float32(value.dims, Float32Array.from(floatsOfValue(value)));

/** For every head [m, k] · [k, n]; heads of b serve as many heads of a as there are more of them. */
function* multiplyHeads(a: TensorValue, b: TensorValue, transposed: boolean, out: Float32Array): Work<void> {
  const [batch, heads, m, k] = a.dims as readonly [number, number, number, number];
  const shared = heads / b.dims[1]!;
  const n = transposed ? b.dims[2]! : b.dims[3]!;
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  for (let i = 0; i < batch * heads; i++) {
    const j = Math.floor(i / shared);
    const operand = floatOperand(y.subarray(j * k * n, (j + 1) * k * n), [k, n], false, transposed);
    yield* multiplyFloats(x.subarray(i * m * k, (i + 1) * m * k), operand, out.subarray(i * m * n, (i + 1) * m * n));
    dispose(operand);
  }
}

function* attention(call: Call): Work<readonly (TensorValue | undefined)[]> {
  const type = call.type(0);
  const flat = call.dims(0).length === 3;
  const query = asFloats(headsFirst(call, call.input(0), 'q_num_heads'));
  const key = withPast(call, headsFirst(call, call.input(1), 'kv_num_heads'), 4);
  const value = withPast(call, headsFirst(call, call.input(2), 'kv_num_heads'), 5);
  const [batch, heads, queries, size] = query.dims as readonly [number, number, number, number];
  const keys = key.dims[2]!;
  if (key.dims[3] !== size || heads % key.dims[1]! !== 0 || value.dims[2] !== keys || key.dims[0] !== batch)
    call.fail(
      `q [${query.dims.join(', ')}], k [${key.dims.join(', ')}] and v [${value.dims.join(', ')}] do not fit together`,
    );
  const dims = [batch, heads, queries, keys] as const;
  const scores = scratch('float32', dims) as Float32Array;
  yield* multiplyHeads(query, asFloats(key), true, scores);
  const scale = call.float('scale', 1 / Math.sqrt(size));
  const cap = call.float('softcap', 0);
  for (let i = 0; i < scores.length; i++) scores[i] = capped(scores[i]! * scale, cap);
  const masked = Float32Array.from(scores);
  mask(call, { dims, values: masked });
  const shares = sharesOf(masked, keys);
  const shown = [scores, scores, masked, shares][call.int('qk_matmul_output_mode', 0)] ?? scores;
  const outDims = [batch, heads, queries, value.dims[3]!];
  const out = scratch('float32', outDims) as Float32Array;
  yield* multiplyHeads(float32(dims, shares), asFloats(value), false, out);
  const result = encode(type, outDims, out);
  const merged = flat ? { ...permuted(result, [0, 2, 1, 3]), dims: [batch, queries, heads * value.dims[3]!] } : result;
  return [merged, key, value, encode(type, dims, shown)];
}

const capped = (value: number, cap: number): number => (cap > 0 ? cap * Math.tanh(value / cap) : value);

/** Softmax of each row; a row that is masked as a whole gets zeros. */
function sharesOf(scores: Float32Array, keys: number): Float32Array {
  const value = float32([scores.length], scores);
  const shares = softmaxOf(value, scores, { outer: scores.length / Math.max(keys, 1), length: keys, inner: 1 });
  return (shares as Float32Array).map((share) => (Number.isNaN(share) ? 0 : share));
}

/** Pairs of values turned by the angle of their position. */
const rotary: Operator = (call) => {
  const value = call.input(0);
  const type = call.type(0);
  const flat = value.dims.length === 3;
  const x = headsFirst(call, value, 'num_heads');
  const [batch, heads, sequence, size] = x.dims as readonly [number, number, number, number];
  const turned = call.int('rotary_embedding_dim', 0) || size;
  if (turned > size || turned % 2 !== 0 || turned < 0) call.fail(`it turns ${turned} of ${size} values`);
  const half = turned / 2;
  const [cos, sin] = [call.floats(1), call.floats(2)];
  const positions = call.optionalIntegers(3);
  const interleaved = call.int('interleaved', 0) === 1;
  const input = floatsOfValue(x);
  const out = scratch(type, x.dims) as FloatArray;
  out.set(input);
  for (let i = 0; i < batch * heads * sequence; i++) {
    const at = Math.floor(i / (heads * sequence)) * sequence + (i % sequence);
    const row = positions === undefined ? at : positions[at]!;
    if (!((row + 1) * half <= cos.length)) call.fail(`position ${row} is outside of the caches`, 'ERR_RANGE');
    for (let j = 0; j < half; j++) {
      const [first, second] = interleaved ? [2 * j, 2 * j + 1] : [j, j + half];
      const [a, b] = [input[i * size + first]!, input[i * size + second]!];
      const [c, s] = [cos[row * half + j]!, sin[row * half + j]!];
      out[i * size + first] = Math.fround(c * a) - Math.fround(s * b);
      out[i * size + second] = Math.fround(s * a) + Math.fround(c * b);
    }
  }
  const result = encode(type, x.dims, out);
  return [flat ? { ...permuted(result, [0, 2, 1, 3]), dims: [batch, sequence, productOf([heads, size])] } : result];
};

export const ATTENTION: Family = {
  Attention: row(23, attention),
  RotaryEmbedding: row(23, rotary),
};
