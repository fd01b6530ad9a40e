// Weights in 4 and 8 bits: codes, scales and magnitudes.

const SHAPES = [
  [1, 1],
  [5, 33],
  [64, 300],
  [200, 1000],
];
const CASES = [
  { format: 'nf4' },
  { format: 'nf4', group: 128, doubleQuantization: false },
  { format: 'fp4' },
  { format: 'int4', group: 32 },
  { format: 'uint4', group: 32 },
  { format: 'int8' },
  { format: 'int4', clip: 'range' },
];

const textOf = (options) =>
  Object.entries(options)
    .map((entry) => entry.join(' '))
    .join(' ');

/** The arrays of stored weights. */
const arraysOf = (weights) =>
  Object.values(weights).flatMap((value) =>
    ArrayBuffer.isView(value) ? [value] : typeof value === 'object' && value !== null ? arraysOf(value) : [],
  );

export const weightRows = (row, product) =>
  product(SHAPES, CASES).map(([[rows, columns], options]) =>
    row('quantizeWeight', [`[${rows},${columns}]`, textOf(options)], (octavo, values) => {
      const weight = new octavo.Tensor('float32', values.floats(rows * columns, 16), [rows, columns]);
      return arraysOf(octavo.weights.quantizeWeight(weight, options).weights);
    }),
  );
