// Attention as its definition has it, in double, and tensors to try it on.
import { Tensor } from '../../../lib';
import { halfBits } from '../../../lib/tensor/half_floats';
import { valuesOf } from '../../../lib/tensor/small_floats';
import { SeededVectors } from './seeded_vectors';

export type Floats = Tensor<'float32'>;

/** Normal values [tokens, heads, dim]. */
export function heads(seed: number, tokens: number, count: number, dim: number): Floats {
  return new Tensor('float32', new SeededVectors(seed).normal(tokens * count * dim), [tokens, count, dim]);
}

/** Tokens start .. end - 1. */
export function part(x: Floats, start: number, end: number): Floats {
  const [, count, dim] = x.dims as [number, number, number];
  return new Tensor('float32', x.data.slice(start * count * dim, end * count * dim), [end - start, count, dim]);
}

/** Tokens in float16, and the floats that they are. */
export function toHalves(x: Floats): { halves: Tensor<'float16'>; values: Floats } {
  const bits = Uint16Array.from(x.data, halfBits);
  const values = valuesOf('float16');
  return {
    halves: new Tensor('float16', bits, x.dims),
    values: new Tensor(
      'float32',
      Float32Array.from(bits, (half) => values[half]!),
      x.dims,
    ),
  };
}

/** The root of the relative squared error. */
export function relativeError(actual: Float32Array, expected: ArrayLike<number>): number {
  let [error, power] = [0, 0];
  for (let i = 0; i < actual.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    power += expected[i]! ** 2;
  }
  return Math.sqrt(error / power);
}

interface Options {
  readonly causal?: boolean;
  readonly scale?: number;
}

/** softmax(scale q kT) v. */
export function referenceAttention(q: Floats, k: Floats, v: Floats, { causal = true, scale }: Options): Float64Array {
  const [tokens, queryHeads, dim] = q.dims as [number, number, number];
  const [rows, kvHeads] = k.dims as [number, number, number];
  const out = new Float64Array(q.data.length);
  for (let t = 0; t < tokens; t++)
    for (let h = 0; h < queryHeads; h++) {
      const head = Math.floor(h / (queryHeads / kvHeads));
      const seen = causal ? rows - (tokens - 1 - t) : rows;
      const at = (t * queryHeads + h) * dim;
      const logits = Array.from({ length: seen }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < dim; j++) sum += q.data[at + j]! * k.data[(i * kvHeads + head) * dim + j]!;
        return sum * (scale ?? 1 / Math.sqrt(dim));
      });
      const largest = logits.reduce((a, b) => Math.max(a, b));
      const weights = logits.map((logit) => Math.exp(logit - largest));
      const total = weights.reduce((a, b) => a + b);
      for (let i = 0; i < seen; i++)
        for (let j = 0; j < dim; j++) out[at + j]! += (weights[i]! / total) * v.data[(i * kvHeads + head) * dim + j]!;
    }
  return out;
}
