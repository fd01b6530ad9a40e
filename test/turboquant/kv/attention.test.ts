// Attention over float caches against a softmax in double.
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../lib';
import { attention, attentionAsync } from '../../../lib/turboquant';
import { heads, referenceAttention, relativeError, toHalves } from './reference_attention';

describe('attention', () => {
  it.each([
    [1, 1, 1, 1, 8],
    [1, 130, 1, 4, 16],
    [5, 64, 2, 2, 24],
    [9, 200, 2, 6, 64],
    [17, 33, 3, 3, 80],
    [3, 3, 1, 1, 128],
  ])(
    'of %i queries over %i keys of %i heads, %i of queries, of %i values',
    (queries, rows, kvHeads, queryHeads, dim) => {
      const [q, k, v] = [
        heads(1, queries, queryHeads, dim),
        heads(2, rows, kvHeads, dim),
        heads(3, rows, kvHeads, dim),
      ];
      for (const causal of [true, false].filter((value) => !value || rows >= queries))
        for (const scale of [undefined, 0.5]) {
          const options = { causal, ...(scale === undefined ? {} : { scale }) };
          const expected = referenceAttention(q, k, v, options);
          expect(relativeError(attention(q, k, v, options).data, expected)).toBeLessThan(1e-5);
          const [k16, v16] = [toHalves(k), toHalves(v)];
          const widened = referenceAttention(q, k16.values, v16.values, options);
          expect(relativeError(attention(q, k16.halves, v16.halves, options).data, widened)).toBeLessThan(1e-5);
        }
    },
  );

  it('keeps its hold on logits far apart, and far from 0', () => {
    const dim = 8;
    const q = new Tensor('float32', new Float32Array(dim).fill(1000), [1, 1, dim]);
    const k = heads(5, 100, 1, dim);
    const v = heads(6, 100, 1, dim);
    expect(relativeError(attention(q, k, v).data, referenceAttention(q, k, v, {}))).toBeLessThan(1e-5);
  });

  it('writes into `out`, and does the same off the event loop', async () => {
    const [q, k, v] = [heads(1, 3, 4, 32), heads(2, 70, 2, 32), heads(3, 70, 2, 32)];
    const out = new Float32Array(3 * 4 * 32);
    const result = attention(q, k, v, { out });
    expect(result.data).toBe(out);
    expect(result.dims).toEqual([3, 4, 32]);
    const started = attentionAsync(q, k, v);
    k.data.fill(0);
    expect((await started).data).toEqual(out);
  });

  it.each([
    ['another headDim', [1, 2, 8], [3, 2, 16], [3, 2, 16]],
    ['values of other dims', [1, 2, 8], [3, 2, 8], [4, 2, 8]],
    ['heads that cannot be shared', [1, 3, 8], [3, 2, 8], [3, 2, 8]],
    ['no keys', [1, 2, 8], [0, 2, 8], [0, 2, 8]],
    ['more causal queries than keys', [4, 2, 8], [3, 2, 8], [3, 2, 8]],
    ['a matrix', [2, 8], [3, 2, 8], [3, 2, 8]],
  ])('refuses %s', (_, ...dims) => {
    const [q, k, v] = dims.map((of) => Tensor.zeros('float32', of as number[])) as [
      Tensor<'float32'>,
      Tensor<'float32'>,
      Tensor<'float32'>,
    ];
    expect(() => attention(q, k, v)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
  });
});
