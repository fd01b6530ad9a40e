// Valid arguments of the raw calls for tables of embeddings.

const sizes = (random) => [random.integer(0, 4), random.integer(0, 6)];

const KINDS = [
  [4, 0],
  [4, 8],
  [8, 0],
  [8, 128],
];

function integers(random, [rows, columns]) {
  const group = random.pick([1, 2, 8]);
  const count = rows * Math.ceil(columns / group);
  const values = new (random.pick([Int8Array, Uint8Array]))(rows * columns).fill(1);
  const [bits, shift] = random.pick(KINDS);
  return [values, new Float32Array(count).fill(0.5), new Int8Array(count), rows, columns, group, bits, shift];
}

const halves = (random, [rows, columns]) => [new Uint16Array(rows * columns), rows, columns, random.chance(0.5)];

function codes(random) {
  const [[rows, columns], block] = [sizes(random), random.integer(1, 5)];
  const bytes = new Uint8Array(Math.ceil((rows * columns) / 2)).fill(0x5a);
  const absmax = new Float32Array(Math.ceil((rows * columns) / block)).fill(0.5);
  return [bytes, new Float32Array(16), absmax, rows, columns, block];
}

/** The other raw calls' tools make handles and outputs. */
export function rowTableCalls({ addon, handle, output }) {
  const tableOf = (random, form) =>
    random.chance(0.5) ? addon.packIntegerRows(...integers(random, form)) : addon.packHalfRows(...halves(random, form));
  return {
    operations: {
      packIntegerRows: (random) => integers(random, sizes(random)),
      packHalfRows: (random) => halves(random, sizes(random)),
      packCodebookRows: codes,
      lookUpRows(random) {
        const [rows, columns] = sizes(random);
        const count = random.integer(0, 3);
        const ids = new (random.pick([Int32Array, BigInt64Array]))(count);
        return [ids, handle(random, () => tableOf(random, [rows, columns])), output(Float32Array, count * columns)];
      },
      loadTable: (random) => [random.pick(['table.octavo', 'table.octavo', 'layer.octavo']), random.chance(0.5)],
    },
    others: { describeTable: (random) => [handle(random, () => tableOf(random, [2, 3]))] },
  };
}
