// Valid arguments of the addon's calls that choose quantized weights, for the fuzzer. `output` makes an array between guards.

/** What calls on the codes of weights begin with; and a positive definite matrix for them. */
function codedRows(random, output) {
  const [rows, n] = [random.integer(0, 5), random.integer(1, 5)];
  const matrix = output(Float64Array, n * n).fill(0.25);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 2;
  const weights = output(Float32Array, rows * n).fill(0.3);
  const coded = [Int32Array.of(0, rows), weights, output(Int16Array, rows * n).fill(1), matrix, new Uint8Array(n)];
  return { rows, n, coded, order: Int32Array.from({ length: n }, (_, i) => i), output };
}

function stepsOf(random, { rows, n, output }) {
  const block = random.integer(1, 4);
  const count = rows * Math.ceil(n / block);
  return [output(Float32Array, count).fill(0.1), output(Int32Array, count).fill(0), Int32Array.of(block, -8, 7)];
}

function tableOf(random, { rows, n, output }) {
  const block = random.integer(1, 4);
  const table = Float32Array.from({ length: 18 }, (_, i) => (i < 16 ? i / 16 : i - 16.5));
  const absmax = output(Float32Array, Math.ceil((rows * n) / block)).fill(2);
  return [absmax, table, Uint8Array.of(0, 3, 15), block];
}

const OPERATIONS = {
  chooseBlocks(random, { coded, ...sizes }) {
    const [scale, zeroPoint, [block]] = stepsOf(random, sizes);
    return [
      Int32Array.of(block, 0, 15, random.integer(0, 1), random.integer(0, 1)),
      coded[1],
      scale,
      zeroPoint,
      sizes.n,
    ];
  },
  expandGram(_, { n, order, output }) {
    const triangle = output(Float64Array, (n * (n + 1)) / 2).fill(1);
    return [order, triangle, new Float64Array(n).fill(1), output(Float64Array, n * n), 0.5];
  },
  inverseFactor: (_, { n, coded }) => [n, coded[3]],
  roundSteps(random, { coded, order, ...sizes }) {
    const settings = Float64Array.of(random.integer(0, 1), 1, 1, ...random.pick([[1], [1, 0.9, 1.1]]));
    return [...coded, ...stepsOf(random, sizes), order, settings];
  },
  roundTable: (random, { coded, order, ...sizes }) => [...coded, ...tableOf(random, sizes), order],
  refineSteps(random, { coded, ...sizes }) {
    return [...coded, ...stepsOf(random, sizes), random.integer(0, 3), random.chance(0.5)];
  },
  refineTable: (random, { coded, ...sizes }) => [...coded, ...tableOf(random, sizes), random.integer(0, 3)],
};

/** @param {(Class: any, length: number) => any} output */
export function gptqOperations(output) {
  const made = ([name, args]) => [name, (random) => args(random, codedRows(random, output))];
  return Object.fromEntries(Object.entries(OPERATIONS).map(made));
}
