// What is held to golden outputs: a row for each operation, shape, type and option. A new operation is a function here.
import { attentionRows } from './attention_rows.mjs';
import { gptqRows } from './gptq_rows.mjs';
import { indexRows } from './index_rows.mjs';
import { SeededValues } from './seeded_values.mjs';
import { turboquantRows } from './turboquant_rows.mjs';
import { weightRows } from './weight_rows.mjs';

/**
 * @typedef {typeof import('../../lib') & { weights: typeof import('../../lib/weights'); turboquant: typeof import('../../lib/turboquant') }} Octavo
 * @typedef {object} Row
 * @property {string} name everything that its output depends on
 * @property {(octavo: Octavo) => ArrayBufferView[]} run
 */

const SEED = 20;
const BYTES = ['int8', 'uint8'];
const OTHER_TYPES = ['int4', 'uint4', 'int16', 'uint16'];
const ACTIVATIONS = ['none', 'relu', 'relu6', 'gelu', 'geluTanh', 'silu', { clip: [-0.5, 2] }];

/** [m, k, n] around the tiles of all kernel sets, and one that several threads share. */
const SHAPES = [
  [1, 1, 1],
  [1, 67, 64],
  [2, 64, 17],
  [5, 19, 33],
  [13, 61, 35],
  [16, 256, 48],
  [33, 130, 65],
  [110, 515, 300],
];

/** A row whose name tells its seed; `make` gets the seeded values. */
const row = (operation, parts, make) => ({
  name: [operation, ...parts, `seed ${SEED}`].join(', '),
  run: (octavo) => make(octavo, new SeededValues(SEED)),
});

const textOf = (option) => (typeof option === 'string' ? option : JSON.stringify(option).replaceAll('"', ''));
const product = (...lists) =>
  lists.reduce((all, list) => all.flatMap((head) => list.map((item) => [...head, item])), [[]]);

const params = (type, scale, zeroPoint, granularity = 'tensor') => ({ type, scale, zeroPoint, granularity });
const tensorParams = (type, scale, zeroPoint) => params(type, Float32Array.of(scale), Int32Array.of(zeroPoint));

/** Zero points of a type: none, one, or one for each. */
function zeroPoints(values, kind, type, count) {
  if (kind === 'none') return undefined;
  return kind === 'one' ? values.bytes(type, 1)[0] : Int32Array.from(values.bytes(type, count));
}

const matmulInt8 = product(SHAPES, BYTES, ['none', 'one', 'each']).map(([[m, k, n], type, zero]) =>
  row('matmulInt8', [`[${m},${k}] ${type}`, `[${k},${n}]`, `zero points ${zero}`], (octavo, values) => {
    const a = new octavo.Tensor(type, values.bytes(type, m * k), [m, k]);
    const b = octavo.packWeights(new octavo.Tensor('int8', values.bytes('int8', k * n), [k, n]));
    const aZeroPoint = zeroPoints(values, zero, type, m);
    const bZeroPoint = zeroPoints(values, zero, 'int8', n);
    return [octavo.matmulInt8(a, b, { aZeroPoint, bZeroPoint }).data];
  }),
);

const matmulFloat32 = SHAPES.map(([m, k, n]) =>
  row('matmulFloat32', [`[${m},${k}]`, `[${k},${n}]`], (octavo, values) => {
    const a = new octavo.Tensor('float32', values.floats(m * k, 13), [m, k]);
    const b = new octavo.Tensor('float32', values.floats(k * n, 15), [k, n]);
    return [octavo.matmulFloat32(a, b).data];
  }),
);

const linear = product([SHAPES[1], SHAPES[4], SHAPES[6]], ACTIVATIONS).map(([[m, k, n], activation]) =>
  row('Linear', [`[${m},${k}]`, `[${n},${k}]`, textOf(activation)], (octavo, values) => {
    const x = new octavo.Tensor('float32', values.floats(m * k, 13), [m, k]);
    const weight = new octavo.Tensor('float32', values.floats(n * k, 16), [n, k]);
    return [new octavo.Linear(weight, values.floats(n, 14), { activation }).forward(x).data];
  }),
);

/** A layer's row: everything about it, on one shape. */
function layerRow([m, k, n], { input, output, activation, residual, weights }) {
  const parts = [`[${m},${k}] ${input}`, `[${n},${k}] ${weights}`, output, textOf(activation)];
  if (residual) parts.push('residual');
  return row('QuantizedLinear', parts, (octavo, values) => {
    const weight = new octavo.Tensor('float32', values.floats(n * k, 16), [n, k]);
    const bias = values.floats(n, 14);
    const options = {
      activation,
      activations: input === 'dynamic' ? input : tensorParams(input, 3 / 64, input === 'int8' ? -5 : 130),
      output: BYTES.includes(output) ? tensorParams(output, 5 / 64, output === 'int8' ? -3 : 100) : output,
      weights: {
        type: 'int8',
        symmetric: weights === 'per output',
        granularity: weights === 'per output' ? { axis: 0 } : 'tensor',
      },
    };
    const layer = octavo.QuantizedLinear.from({ weight, bias }, options);
    const x = new octavo.Tensor('float32', values.floats(m * k, 13), [m, k]);
    const added = new octavo.Tensor('float32', values.floats(m * n, 13), [m, n]);
    return [layer.forward(x, residual ? { residual: added } : {}).data];
  });
}

const INPUTS = { dynamic: SHAPES[4], int8: SHAPES[3], uint8: SHAPES[6] };
const OUTPUTS = ['float32', 'float16', ...BYTES];

const quantizedLinear = product(Object.entries(INPUTS), OUTPUTS, ACTIVATIONS, [false, true]).map(
  ([[input, shape], output, activation, residual]) =>
    layerRow(shape, { input, output, activation, residual, weights: 'per output' }),
);

const layerShapes = product(SHAPES, Object.keys(INPUTS), ['per output', 'asymmetric']).map(([shape, input, weights]) =>
  layerRow(shape, { input, output: 'float32', activation: { clip: [-1, 3] }, residual: false, weights }),
);

/** Rows that are quantized by their own absmax, seen through a layer whose weights are 1 on the diagonal. */
const dynamicRows = [1, 33, 64, 131].map((k) =>
  row('rows quantized dynamically', [`[9,${k}]`], (octavo, values) => {
    const identity = Float32Array.from({ length: k * k }, (_, i) => (i % (k + 1) === 0 ? 1 : 0));
    const layer = octavo.QuantizedLinear.from({ weight: new octavo.Tensor('float32', identity, [k, k]) });
    const x = values.specialFloats(9 * k);
    x.fill(0, k, 2 * k);
    return [layer.forward(new octavo.Tensor('float32', x, [9, k])).data];
  }),
);

/** [dims, granularity] of tensors that are quantized. */
const TENSORS = [
  [[1003], 'tensor'],
  [[7, 67], { axis: 0 }],
  [[7, 67], { axis: 1 }],
  [[3, 5, 33], { axis: 1 }],
  [[40, 8192], 'tensor'],
];

const quantized = product(TENSORS, BYTES).map(([[dims, granularity], type]) =>
  row('quantize and dequantize', [`[${dims}] ${type}`, textOf(granularity)], (octavo, values) => {
    const length = dims.reduce((all, dim) => all * dim);
    const channels = granularity === 'tensor' ? 1 : dims[granularity.axis];
    const zero = Int32Array.from(values.bytes(type, channels));
    const chosen = params(type, values.scales(channels, -2), zero, granularity);
    const q = octavo.quantize(new octavo.Tensor('float32', values.specialFloats(length), dims), chosen);
    return [q.data, octavo.dequantize(q).data];
  }),
);

const chosenParams = product(TENSORS, BYTES, [true, false]).map(([[dims, granularity], type, symmetric]) =>
  row(
    'quantize by its own range',
    [`[${dims}] ${type}`, textOf(granularity), symmetric ? 'symmetric' : 'asymmetric'],
    (octavo, values) => {
      const length = dims.reduce((all, dim) => all * dim);
      const x = new octavo.Tensor('float32', values.floats(length, 9), dims);
      const q = octavo.quantize(x, { type, symmetric, granularity });
      return [q.data, q.params.scale, q.params.zeroPoint];
    },
  ),
);

/** Smallest and largest value of the types of weights in blocks. */
const BLOCK_RANGES = { int4: [-8, 7], uint4: [0, 15], int8: [-128, 127], uint8: [0, 255] };

const blockRow = ([m, k, n], { type, block, symmetric, rest = {} }) =>
  row(
    'QuantizedLinear of blocks',
    [
      ...[`[${m},${k}]`, `[${n},${k}] ${type}`, `blocks of ${block}`, symmetric ? 'symmetric' : 'asymmetric'],
      ...Object.entries(rest).map(([name, value]) => `${name} ${textOf(value)}`),
    ],
    ({ QuantizedLinear, Tensor }, values) => {
      const [[low, high], count] = [BLOCK_RANGES[type], n * Math.ceil(k / block)];
      const bytes = (length) => Int32Array.from({ length }, () => values.integer(low, high));
      const data = (type.startsWith('u') ? Uint8Array : Int8Array).from(bytes(n * k));
      const weights = { type, rows: n, columns: k, block, values: data, scale: values.scales(count, -9) };
      const zeroPoint = symmetric ? new Int32Array(count).fill((low + high + 1) / 2) : bytes(count);
      const options = { activation: 'silu', ...rest };
      const bias = values.floats(n, 15);
      const layer = QuantizedLinear.from({ weight: { ...weights, zeroPoint }, bias }, options);
      const y = layer.forward(new Tensor('float32', values.floats(m * k, 13), [m, k]));
      layer.dispose();
      return [y.data];
    },
  );

const blockLinear = product(SHAPES, ['int4', 'uint4'], [8, 32, 4096], [true, false]).map(
  ([shape, type, block, symmetric]) => blockRow(shape, { type, block, symmetric }),
);

const groupedBytes = product([SHAPES[3], SHAPES[4], SHAPES[6]], ['int8', 'uint8'], [8, 32], [true, false]).map(
  ([shape, type, block, symmetric]) => blockRow(shape, { type, block, symmetric }),
);

/** Weights of a layer that meets float32 rows as they are. */
const FLOAT_WEIGHTS = {
  nf4: (values, n, k) => codes(values, 'nf4', n, k),
  fp4: (values, n, k) => codes(values, 'fp4', n, k),
  float16: (values, n, k) => ({ type: 'float16', dims: [n, k], data: halves(values, n * k, 0x7bff) }),
  bfloat16: (values, n, k) => ({ type: 'bfloat16', dims: [n, k], data: halves(values, n * k, 0x43ff) }),
};
const codes = (values, type, rows, columns) => ({
  ...{ type, rows, columns, block: 32 },
  codes: Uint8Array.from({ length: Math.ceil((rows * columns) / 2) }, () => values.integer(0, 255)),
  absmax: values.scales(Math.ceil((rows * columns) / 32), -3),
});
/** Bits of either sign up to a magnitude, small ones most of all. */
const halves = (values, length, most) =>
  Uint16Array.from({ length }, () => (values.integer(0, most) >> values.integer(0, 3)) | (values.integer(0, 1) << 15));

const floatWeights = product(SHAPES, Object.keys(FLOAT_WEIGHTS), ['float32', 'float16']).map(
  ([[m, k, n], format, output]) =>
    row('QuantizedLinear of floats', [`[${m},${k}]`, `[${n},${k}] ${format}`, output], (octavo, values) => {
      const layer = { weight: FLOAT_WEIGHTS[format](values, n, k), bias: values.floats(n, 15) };
      const x = new octavo.Tensor('float32', values.floats(m * k, 13), [m, k]);
      const residual = new octavo.Tensor('float32', values.floats(m * n, 13), [m, n]);
      const options = { output, activation: 'gelu' };
      return [octavo.QuantizedLinear.from(layer, options).forward(x, { residual }).data];
    }),
);

const embeddings = product(
  [
    [9, 33],
    [40, 128],
  ],
  [...Object.keys(FLOAT_WEIGHTS), 'int4', 'uint8'],
).map(([[rows, dim], format]) =>
  row('Embedding', [`[${rows},${dim}] ${format}`], ({ Embedding }, values) => {
    const make = FLOAT_WEIGHTS[format] ?? ((...args) => blocks(format, ...args));
    const ids = Int32Array.from({ length: 20 }, () => values.integer(0, rows - 1));
    return [Embedding.from(make(values, rows, dim)).forward(ids).data];
  }),
);
const blocks = (type, values, rows, columns) => {
  const [[low, high], count] = [BLOCK_RANGES[type], rows * Math.ceil(columns / 12)];
  const integers = (length) => Int32Array.from({ length }, () => values.integer(low, high));
  const data = (type.startsWith('u') ? Uint8Array : Int8Array).from(integers(rows * columns));
  const parameters = { scale: values.scales(count, -9), zeroPoint: integers(count) };
  return { type, rows, columns, block: 12, values: data, ...parameters };
};

const blockOutputs = product(
  ['uint4', 'int8'],
  [{ output: 'float16' }, { output: tensorParams('int8', 5 / 64, -3) }],
).map(([type, rest]) => blockRow(SHAPES[4], { type, block: 8, symmetric: false, rest }));

/** Types of other widths, whole and in blocks. */
const WIDTHS = [
  [[1003], 'tensor'],
  [[7, 67], { axis: 0 }],
  [[9, 128], { axis: 1, block: 32 }],
];

const otherWidths = product(WIDTHS, [...BYTES, ...OTHER_TYPES], [true, false]).map(
  ([[dims, granularity], type, symmetric]) =>
    row(
      'quantize and dequantize by its own range',
      [`[${dims}] ${type}`, textOf(granularity), symmetric ? 'symmetric' : 'asymmetric'],
      (octavo, values) => {
        const length = dims.reduce((all, dim) => all * dim);
        const x = new octavo.Tensor('float32', values.floats(length, 9), dims);
        const q = octavo.quantize(x, { type, symmetric, granularity });
        return [q.data, q.params.scale, q.params.zeroPoint, octavo.dequantize(q).data];
      },
    ),
);

const bytesOfText = (text) => new TextEncoder().encode(text);

const observers = TENSORS.map(([dims, granularity]) =>
  row('Observer and Sketch', [`[${dims}]`, textOf(granularity)], (octavo, values) => {
    const length = dims.reduce((all, dim) => all * dim);
    const x = new octavo.Tensor('float32', values.specialFloats(length), dims);
    const scheme = { type: 'int8', symmetric: false, granularity };
    const { scale, zeroPoint } = new octavo.Observer({ method: 'minmax', scheme, policy: 'ignore' })
      .observe(x)
      .params();
    const sketch = new octavo.Sketch({ bins: 256, axis: granularity.axis }).observe(x);
    return [scale, zeroPoint, bytesOfText(JSON.stringify(sketch))];
  }),
);

const histograms = [2, 64, 4096].map((bins) =>
  row('histogram', ['[20011]', `${bins} bins`], (octavo, values) => {
    const x = new octavo.Tensor('float32', values.specialFloats(20011), [20011]);
    const { counts, beyondLimit, nanCount } = octavo.histogram(x, { bins, limit: 64 });
    return [counts, BigUint64Array.of(beyondLimit, nanCount)];
  }),
);

/** @type {Row[]} */
export const ROWS = [
  ...matmulInt8,
  ...matmulFloat32,
  ...linear,
  ...quantizedLinear,
  ...layerShapes,
  ...dynamicRows,
  ...blockLinear,
  ...groupedBytes,
  ...blockOutputs,
  ...floatWeights,
  ...embeddings,
  ...quantized,
  ...chosenParams,
  ...otherWidths,
  ...observers,
  ...histograms,
  ...turboquantRows(row, product),
  ...indexRows(row, product),
  ...attentionRows(row, product),
  ...gptqRows(row, product),
  ...weightRows(row, product),
];
