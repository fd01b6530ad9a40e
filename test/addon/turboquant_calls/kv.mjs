// Valid arguments of attention and of caches of keys and values, for the fuzzer.
const ARRAYS = { float32: Float32Array, float16: Uint16Array };
const tensor = (type, dims) => ({
  type,
  dims: [...dims],
  data: new ARRAYS[type](dims.reduce((all, dim) => all * dim, 1)).fill(type === 'float32' ? 0.25 : 0x3400),
  strides: undefined,
});
const options = (random) => ({
  layers: random.integer(1, 2),
  kvHeads: random.integer(1, 2),
  headDim: random.pick([8, 24]),
  keys: { bits: random.integer(1, 8) },
  values: { bits: random.integer(1, 8) },
  window: random.pick([undefined, 0, 3]),
  sinks: random.pick([undefined, 0, 1]),
  center: random.pick([undefined, false, { after: 5 }]),
  balance: random.pick([undefined, true]),
  seed: random.pick([undefined, 3, 3n]),
  pageTokens: random.pick([undefined, 16]),
});

class KvArguments {
  constructor(KvCache) {
    this.KvCache = KvCache;
  }

  made(random) {
    const cache = new this.KvCache(options(random));
    const { kvHeads, headDim, layers } = cache;
    const vectors = (tokens, heads = kvHeads) => tensor('float32', [tokens, heads, headDim]);
    const tokens = random.integer(0, 12);
    for (let layer = 0; layer < layers; layer++) cache.append(layer, vectors(tokens), vectors(tokens));
    return { cache, vectors, tokens };
  }

  append(random) {
    const { cache, vectors } = this.made(random);
    const tokens = random.integer(0, 9);
    return [(...args) => cache.append(...args), [0, vectors(tokens), vectors(tokens)]];
  }

  ask(name, random) {
    const { cache, vectors, tokens } = this.made(random);
    const q = vectors(random.integer(0, Math.min(2, tokens)), 2 * cache.kvHeads);
    const given = random.pick([undefined, { causal: random.chance(0.5), scale: 0.5, out: undefined }]);
    return [(...args) => cache[name](...args), [0, q, given]];
  }

  calibrate(random) {
    const cache = new this.KvCache({ ...options(random), center: { after: 5 } });
    const keys = tensor('float32', [2, cache.kvHeads, cache.headDim]);
    return [(...args) => cache.calibrate(...args), [0, keys, tensor('float32', [1, cache.kvHeads, cache.headDim])]];
  }

  cut(name, shares, random) {
    const { cache, tokens } = this.made(random);
    return [(...args) => cache[name](...args), shares.map((share) => Math.floor(share * tokens))];
  }
}

const floats = (call) => (random) => {
  const [rows, heads, type] = [random.integer(1, 5), random.integer(1, 2), random.pick(['float32', 'float16'])];
  const cache = () => tensor(type, [rows, heads, 8]);
  const given = random.pick([undefined, { causal: random.chance(0.5), scale: 0.5, out: undefined, signal: undefined }]);
  return [call, [tensor('float32', [random.integer(0, rows), 2 * heads, 8]), cache(), cache(), given]];
};

export function kvCalls({ KvCache, attention, attentionAsync }) {
  const kv = new KvArguments(KvCache);
  return {
    attention: floats(attention),
    attentionAsync: floats(attentionAsync),
    KvCache: (random) => [(...args) => new KvCache(...args).memory(), [options(random)]],
    'KvCache.append': (random) => kv.append(random),
    'KvCache.attend': (random) => kv.ask('attend', random),
    'KvCache.attendAsync': (random) => kv.ask('attendAsync', random),
    'KvCache.logits': (random) => kv.ask('logits', random),
    'KvCache.calibrate': (random) => kv.calibrate(random),
    'KvCache.evict': (random) => kv.cut('evict', [0.3, 0.5], random),
    'KvCache.evictOldest': (random) => kv.cut('evictOldest', [0.4], random),
    'KvCache.truncate': (random) => kv.cut('truncate', [0.6], random),
    'KvCache.fromBytes': (random) => [(bytes) => KvCache.fromBytes(bytes).memory(), [kv.made(random).cache.toBytes()]],
  };
}
