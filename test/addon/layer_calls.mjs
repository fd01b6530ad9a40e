// Valid arguments of layers whose weights are quantized already, and of layers made of others, with the calls.

const BLOCK_TYPES = ['int4', 'uint4', 'int8', 'uint8'];

/** As the facade's other calls; `make` has what makes their arguments. */
export const layerCalls = ({ Embedding, QuantizedLinear, OutlierLinear }, { plain, tensor, params, activation }) => ({
  'QuantizedLinear.from stored'(random) {
    const [rows, columns, type] = [random.integer(1, 4), 8 * random.integer(1, 3), random.pick(BLOCK_TYPES)];
    const count = rows * Math.ceil(columns / 8);
    const weights = {
      ...{ type, rows, columns, block: 8, values: new Int8Array(rows * columns).fill(1) },
      ...{ scale: new Float32Array(count).fill(0.5), zeroPoint: new Int32Array(count), offset: undefined },
    };
    const weight = random.pick([
      weights,
      { weights, inputScale: random.pick([undefined, new Float32Array(columns).fill(2)]) },
    ]);
    const options = { output: random.pick(['float32', params('int8', 1)]), activation: activation(random) };
    return [
      (...given) => QuantizedLinear.from(...given).forward(plain('float32', [2, columns])),
      [{ weight }, options],
    ];
  },
  'QuantizedLinear.from floats'(random) {
    const [rows, columns] = [random.integer(1, 4), 8 * random.integer(1, 3)];
    const blocks = Math.ceil((rows * columns) / 4);
    const nested = {
      ...{ codes: new Uint8Array(blocks), scale: new Float32Array(Math.ceil(blocks / 2)).fill(1) },
      ...{ offset: 1, block: 2, map: new Float32Array(256) },
    };
    const codes = {
      ...{ type: random.pick(['nf4', 'fp4']), rows, columns, block: 4, codes: new Uint8Array((rows * columns) / 2) },
      absmax: random.pick([new Float32Array(blocks), nested]),
    };
    const half = random.pick(['float16', 'bfloat16']);
    const weight = random.pick([
      codes,
      { weights: codes, inputScale: new Float32Array(columns).fill(2) },
      { type: half, dims: [rows, columns], data: new Uint16Array(rows * columns), strides: undefined },
    ]);
    const options = { output: random.pick(['float32', 'float16']), weights: undefined };
    return [
      (...given) => QuantizedLinear.from(...given).forward(plain('float32', [2, columns])),
      [{ weight }, options],
    ];
  },
  OutlierLinear: () => [
    (parts) => new OutlierLinear(parts).forward(plain('float32', [1, 1])),
    [{ weight: plain('float32', [1, 1]) }],
  ],
  'OutlierLinear.from': (random) => [
    OutlierLinear.from,
    [
      { weight: tensor(random, 'float32', [2, 3]), bias: new Float32Array(2) },
      { threshold: 6, activation: activation(random) },
    ],
  ],
  'OutlierLinear.forward'(random) {
    const layer = OutlierLinear.from({ weight: plain('float32', [2, 3]) });
    return [(...given) => layer.forward(...given), [tensor(random, 'float32', [4, 3])]];
  },
  Embedding: () => [(parts) => new Embedding(parts).forward(new Int32Array(1)), [{ handle: {}, rows: 1, dim: 1 }]],
  'Embedding.from'(random) {
    const type = random.pick(BLOCK_TYPES);
    const stored = { type, rows: 2, columns: 3, block: 2, values: new Int8Array(6).fill(1) };
    const table = random.pick([
      tensor(random, 'float32', [2, 3]),
      { type: 'float16', dims: [2, 3], data: new Uint16Array(6), strides: undefined },
      { ...stored, scale: new Float32Array(4).fill(0.5), zeroPoint: new Int32Array(4), offset: undefined },
      { type: 'nf4', rows: 2, columns: 3, block: 2, codes: new Uint8Array(3), absmax: new Float32Array(3) },
    ]);
    const weights = 'dims' in table ? random.pick(['int4', 'bfloat16', { format: 'nf4', group: 2 }]) : undefined;
    return [(...given) => Embedding.from(...given).forward(Int32Array.of(1, 0)), [table, { weights }]];
  },
  'Embedding.forward': (random) => embeddingCall(Embedding, plain, random, 'forward'),
  'Embedding.forwardAsync': (random) => embeddingCall(Embedding, plain, random, 'forwardAsync'),
  'Embedding.open': () => [Embedding.open, [sharedEmbedding(Embedding, plain).share()]],
  'Embedding.save': () => [(file) => sharedEmbedding(Embedding, plain).save(file), ['table.octavo']],
  'Embedding.load': (random) => [Embedding.load, [random.pick(['table.octavo', 'layer.octavo']), { mmap: true }]],
  'Embedding.loadAsync': (random) => [Embedding.loadAsync, [random.pick(['table.octavo', 'layer.octavo']), {}]],
});

let kept;
/** A table that lives on, of which tokens can be opened. */
function sharedEmbedding(Embedding, plain) {
  kept ??= Embedding.from(plain('float32', [4, 3]));
  return kept;
}

function embeddingCall(Embedding, plain, random, method) {
  const table = Embedding.from(plain('float32', [4, 3]), { weights: random.pick(['int8', 'nf4', 'float16']) });
  const count = random.integer(0, 4);
  const ids = random.pick([
    new Int32Array(count).fill(3),
    new BigInt64Array(count),
    { type: 'int32', dims: [count, 1], data: new Int32Array(count), strides: undefined },
  ]);
  return [(...given) => table[method](...given), [ids, random.pick([undefined, { out: new Float32Array(3 * count) }])]];
}
