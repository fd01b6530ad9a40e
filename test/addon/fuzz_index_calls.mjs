// Valid arguments of the addon's calls for indexes.

/** Indexes of a few vectors, in every form. */
export function makeIndex(addon, random) {
  const [rows, bits] = random.pick([
    [0, random.integer(1, 8)],
    [1, 8],
    [2, 32],
  ]);
  const [metric, scale, kept] = [random.integer(0, 2), random.integer(0, 3), random.integer(0, 3)];
  const index = addon.createIndex(8, rows, bits, metric, scale, kept, 1, 2);
  const ids = random.pick([null, BigInt64Array.from([7n, 3n, 9n, 1n])]);
  addon.indexAdd(
    index,
    new Float32Array(32).map((_, i) => i % 5),
    4,
    8,
    ids,
    new BigInt64Array(1),
  );
  return index;
}

/** Operations that have an Async twin. `handle` spoils a handle now and then, `output` guards an array. */
export function indexOperations(addon, { handle, output }) {
  const index = (random) => handle(random, () => makeIndex(addon, random));
  return {
    indexAdd(random) {
      const rows = random.integer(0, 4);
      const ids = random.pick([null, BigInt64Array.from({ length: rows }, (_, i) => BigInt(20 + i))]);
      return [index(random), new Float32Array(rows * 8).fill(0.5), rows, 8, ids, output(BigInt64Array, 1)];
    },
    indexSearch(random) {
      const [count, k] = [random.integer(0, 6), random.integer(0, 6)];
      const filter = random.pick([null, new Uint8Array(1).fill(0x0a)]);
      const exact = random.pick([0, 0, 3]);
      const out = [output(BigInt64Array, count * k), output(Float32Array, count * k)];
      return [index(random), new Float32Array(count * 8).fill(0.5), count, 8, k, exact, filter, ...out];
    },
    indexScore(random) {
      const [count, each] = [random.integer(0, 4), random.integer(0, 4)];
      const vectors = new Float32Array(count * each * 8).fill(0.25);
      const out = output(Float32Array, count * each);
      return [index(random), new Float32Array(count * 8).fill(0.5), count, 8, vectors, each, out];
    },
    compactIndex: (random) => [index(random)],
    saveIndex: (random) => [index(random), 'saved.octavo'],
    loadIndex: (random) => [random.pick(['index.octavo', 'index.octavo', 'weights.octavo']), random.chance(0.5)],
  };
}

/** Everything else. */
export function indexCalls(addon, { handle }) {
  const index = (random) => handle(random, () => makeIndex(addon, random));
  return {
    createIndex: (random) => [random.pick([8, 100, 128]), 0, random.integer(1, 8), random.integer(0, 2), 0, 0, 1, 2],
    indexInfo: (random) => [index(random)],
    indexRemove: (random) => [index(random), BigInt64Array.from([1n, 7n, 100n])],
    indexHas: (random) => [index(random), BigInt64Array.from([1n])],
    reportMemory: (random) => [index(random)],
  };
}
