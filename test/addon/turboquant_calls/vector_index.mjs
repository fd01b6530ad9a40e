// Valid arguments of VectorIndex, for the fuzzer.

const tensor = (rows, dim) => ({ type: 'float32', dims: [rows, dim], data: new Float32Array(rows * dim).fill(0.5) });

/** Makes options, and indexes of five vectors. */
function makers({ VectorIndex, METRICS, KEPT_TYPES, SCALE_KINDS }) {
  const options = (random) => ({
    dim: 8,
    bits: random.pick([1, 2, 3, 4, 5, 8, 'int8', 'float32']),
    metric: random.pick(METRICS),
    scale: random.pick([undefined, ...SCALE_KINDS]),
    keep: random.pick(KEPT_TYPES),
    seed: random.pick([0, 7n]),
    ids: random.pick(['number', 'bigint']),
  });
  const make = (random) => {
    const index = new VectorIndex(options(random));
    index.add(Float32Array.from({ length: 40 }, (_, i) => (i % 7) - 3));
    if (random.chance(0.05)) index.dispose();
    return index;
  };
  return { options, make };
}

/** What adds and searches. */
function vectorCalls({ VectorIndex }, { options, make }) {
  const vectors = (random, rows) => random.pick([tensor(rows, 8), new Float32Array(rows * 8).fill(0.5)]);
  const search = (random) => ({
    filter: random.pick([undefined, new Uint8Array(1).fill(0x15)]),
    rerank: random.pick([undefined, { factor: 2, vectors: tensor(5, 8) }]),
    out: undefined,
    signal: undefined,
  });
  return {
    VectorIndex: (random) => [(given) => new VectorIndex(given).add(tensor(1, 8)), [options(random)]],
    'VectorIndex.add'(random) {
      const index = make(random);
      return [(...args) => index.add(...args), [vectors(random, 2), random.pick([undefined, [20, 30]])]];
    },
    'VectorIndex.addAsync'(random) {
      const index = make(random);
      return [(...args) => index.addAsync(...args), [vectors(random, 2), random.pick([undefined, [20n, 30n]])]];
    },
    'VectorIndex.search'(random) {
      const index = make(random);
      return [(...args) => index.search(...args), [vectors(random, 3), random.integer(1, 6), search(random)]];
    },
    'VectorIndex.searchAsync'(random) {
      const index = make(random);
      return [(...args) => index.searchAsync(...args), [vectors(random, 3), random.integer(1, 6), search(random)]];
    },
  };
}

/** Every call of VectorIndex. */
export function indexCalls(turboquant) {
  const { VectorIndex } = turboquant;
  const made = makers(turboquant);
  const ids = (random) => random.pick([[1, 2], [3n], Float64Array.of(0, 9)]);
  const shared = new VectorIndex({ dim: 8 });
  shared.save('shared.octidx');
  return {
    ...vectorCalls(turboquant, made),
    'VectorIndex.remove'(random) {
      const index = made.make(random);
      return [(given) => index.remove(given), [ids(random)]];
    },
    'VectorIndex.has'(random) {
      const index = made.make(random);
      return [(given) => index.has(given), [random.pick([1, 1n, 99])]];
    },
    'VectorIndex.save': () => [(file) => shared.save(file), ['saved.octidx']],
    'VectorIndex.load': (random) => [VectorIndex.load, ['shared.octidx', { mmap: random.chance(0.5), ids: 'bigint' }]],
    'VectorIndex.open': () => [VectorIndex.open, [{ ...shared.share() }, { ids: 'number' }]],
  };
}
