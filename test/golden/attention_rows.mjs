// Golden rows of attention and of caches of keys and values. `row` and `product` are those of rows.mjs.

/** [queries, rows, queryHeads, kvHeads, dim] */
const SHAPES = [
  [1, 1, 1, 1, 8],
  [1, 129, 2, 1, 64],
  [3, 70, 4, 2, 24],
  [17, 200, 2, 2, 80],
  [1, 65, 8, 2, 128],
];

/** Bits of keys and values, and options. */
const CACHES = [
  [4, 4, { window: 0, sinks: 0, center: false }],
  [1, 2, { window: 0, sinks: 0, center: false, seed: 7 }],
  [2, 1, { window: 8, sinks: 2, center: { after: 20 } }],
  [3, 3, { window: 8, sinks: 2, center: { after: 20 }, balance: true }],
  [8, 5, { window: 0, sinks: 0, center: { after: 20 } }],
  [5, 8, { window: 3, sinks: 0, center: false, pageTokens: 16 }],
  [6, 7, { window: 0, sinks: 4, center: false }],
  [7, 6, { window: 0, sinks: 0, center: false, balance: true }],
  [4, 2, { window: 100, sinks: 0, center: false }],
];

/** A cache of 90 tokens of 2 heads, appended in parts, less ten. */
function filledCache({ Tensor, turboquant: { KvCache } }, values, [keys, bits, options], headDim) {
  const cache = new KvCache({ layers: 1, kvHeads: 2, headDim, keys: { bits: keys }, values: { bits }, ...options });
  const vectors = (tokens) => new Tensor('float32', values.floats(tokens * 2 * headDim, 13), [tokens, 2, headDim]);
  const query = (tokens) => new Tensor('float32', values.floats(tokens * 4 * headDim, 13), [tokens, 4, headDim]);
  for (const tokens of [30, 1, 1, 58]) {
    cache.append(0, vectors(tokens), vectors(tokens));
    cache.attend(0, query(1));
  }
  cache.evict(11, 10);
  return { cache, query };
}

export function attentionRows(row, product) {
  const floats = product(SHAPES, ['float32', 'float16'], [true, false]).map(([shape, type, causal]) =>
    row('attention', [`[${shape}]`, type, causal ? 'causal' : 'all'], (octavo, values) => {
      const [queries, rows, queryHeads, kvHeads, dim] = shape;
      const { Tensor, turboquant } = octavo;
      const halves = (length) => Uint16Array.from({ length }, () => values.integer(0x2800, 0x4000));
      const cache = () => {
        const length = rows * kvHeads * dim;
        return new Tensor(type, type === 'float16' ? halves(length) : values.floats(length, 13), [rows, kvHeads, dim]);
      };
      const q = new Tensor('float32', values.floats(queries * queryHeads * dim, 13), [queries, queryHeads, dim]);
      return [turboquant.attention(q, cache(), cache(), { causal }).data];
    }),
  );
  const caches = product(CACHES, [24, 64, 128]).map(([form, dim]) =>
    row(
      'KvCache',
      [`keys ${form[0]} bits`, `values ${form[1]} bits`, JSON.stringify(form[2]), `${dim}`],
      (octavo, values) => {
        const { cache, query } = filledCache(octavo, values, form, dim);
        return [cache.toBytes(), cache.attend(0, query(3)).data, cache.logits(0, query(1)).data];
      },
    ),
  );
  return [...floats, ...caches];
}
