// Attention over keys and values that are floats: what a cache of codes is compared with.
import { type AsyncOptions, signalOf, untilAborted } from '../../abort_signal';
import { addon } from '../../addon';
import { makeError } from '../../errors';
import type { TensorLike } from '../../tensor';
import { checkOutput, deliver, type OutputForm, outputArray } from '../../tensor/output_array';
import { CHECKED, Tensor } from '../../tensor/tensor';
import { checkOptions, reject } from '../../validate';
import { type HeadTensor, headTensor } from './head_tensor';

export interface AttentionOptions {
  /** Each query sees the keys up to its own, the last query's being the last key. Default true. */
  readonly causal?: boolean;
  /** What the products of queries and keys are multiplied by. Default 1 / sqrt(headDim). */
  readonly scale?: number;
  /** Where the result goes: a Float32Array of its length. Default: a new one. */
  readonly out?: Float32Array;
}

/** Keys or values: float32, or float16 as the bits of a Uint16Array or as a Float16Array. */
export type FloatCache = TensorLike<'float32'> | TensorLike<'float16'>;

const TYPES = ['float32', 'float16'] as const;

export interface AttentionForm extends OutputForm<'float32'> {
  readonly causal: boolean;
  readonly scale: number;
  readonly out: unknown;
}

/** The options of a call with these queries, checked. */
export function attentionForm(q: HeadTensor<'float32'>, given: AttentionOptions | undefined): AttentionForm {
  const options = checkOptions('options', given);
  const { causal = true, scale = 1 / Math.sqrt(q.headDim), out } = options;
  if (typeof causal !== 'boolean') reject('causal', 'true or false', causal, 'ERR_DTYPE');
  if (typeof scale !== 'number') reject('scale', 'a number', scale, 'ERR_DTYPE');
  if (!Number.isFinite(Math.fround(scale))) reject('scale', 'a finite float32', scale, 'ERR_RANGE');
  const dims = Object.freeze([q.tokens, q.heads, q.headDim]);
  return { type: 'float32', count: q.data.length, dims, causal, scale, out };
}

/** Throws ERR_SHAPE unless such queries can meet `rows` keys of `kvHeads` heads. */
export function checkQueries(q: HeadTensor<'float32'>, kvHeads: number, rows: number, causal: boolean): void {
  if (q.heads === 0 || kvHeads === 0 || q.heads % kvHeads !== 0)
    throw makeError('ERR_SHAPE', `q has ${q.heads} heads: they must be a multiple of the ${kvHeads} of the keys`);
  if (rows === 0) throw makeError('ERR_SHAPE', 'there must be at least one key');
  if (causal && rows < q.tokens)
    throw makeError('ERR_SHAPE', `${q.tokens} causal queries need as many keys, there are ${rows}`);
}

interface Prepared extends AttentionForm {
  readonly q: HeadTensor<'float32'>;
  readonly k: HeadTensor<'float32' | 'float16'>;
  readonly v: HeadTensor<'float32' | 'float16'>;
  readonly numbers: Float64Array;
}

function prepare(
  q: TensorLike<'float32'>,
  k: FloatCache,
  v: FloatCache,
  options: AttentionOptions | undefined,
): Prepared {
  const [queries, keys, values] = [
    headTensor('q', q, ['float32']),
    headTensor<'float32' | 'float16'>('k', k, TYPES),
    headTensor<'float32' | 'float16'>('v', v, TYPES),
  ];
  const form = attentionForm(queries, options);
  for (const name of ['tokens', 'heads', 'headDim'] as const)
    if (keys[name] !== values[name])
      throw makeError('ERR_SHAPE', `k and v must have the same dims, ${name} are ${keys[name]} and ${values[name]}`);
  if (keys.headDim !== queries.headDim)
    throw makeError('ERR_SHAPE', `q has headDim ${queries.headDim}, k has ${keys.headDim}: they must be equal`);
  checkQueries(queries, keys.heads, keys.tokens, form.causal);
  const { tokens, heads, headDim } = queries;
  const numbers = [tokens, keys.tokens, heads, keys.heads, headDim, form.scale, form.causal ? 1 : 0];
  return { ...form, q: queries, k: keys, v: values, numbers: Float64Array.from(numbers) };
}

/** A Float16Array's bits: native code takes them as a Uint16Array. */
function bitsOf(tensor: HeadTensor<'float32' | 'float16'>): Float32Array | Uint16Array {
  const { data } = tensor;
  if (data instanceof Float32Array || data instanceof Uint16Array) return data;
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

/**
 * softmax(scale q kᵀ) v for each head; heads of queries share those of keys in groups of queryHeads / kvHeads. The same bits on
 * every instruction set and with any number of threads.
 *
 * @param q float32 [tokens, queryHeads, headDim]
 * @param k float32 or float16 [keys, kvHeads, headDim]
 * @param v as k
 * @returns float32 [tokens, queryHeads, headDim]
 * @throws ERR_SHAPE, ERR_DTYPE, ERR_RANGE
 */
export function attention(
  q: TensorLike<'float32'>,
  k: FloatCache,
  v: FloatCache,
  options?: AttentionOptions,
): Tensor<'float32'> {
  const call = prepare(q, k, v, options);
  const out = outputArray(call.out, call);
  addon.attentionFloat(call.q.data, bitsOf(call.k), bitsOf(call.v), out, call.numbers);
  return new Tensor('float32', out, call.dims, CHECKED);
}

/** As attention, computed off the event loop. The inputs are copied before the call returns. */
export async function attentionAsync(
  q: TensorLike<'float32'>,
  k: FloatCache,
  v: FloatCache,
  options?: AttentionOptions & AsyncOptions,
): Promise<Tensor<'float32'>> {
  const signal = signalOf(options);
  const call = prepare(q, k, v, options);
  checkOutput(call.out, call);
  const result = outputArray(undefined, call);
  const { numbers } = call;
  await untilAborted(signal, () =>
    addon.attentionFloatAsync(call.q.data, bitsOf(call.k), bitsOf(call.v), result, numbers),
  );
  return new Tensor('float32', deliver(call.out, result, call), call.dims, CHECKED);
}
