// Valid arguments of layers whose weights are quantized already, and of layers made of others, with the calls.

const BLOCK_TYPES = ['int4', 'uint4', 'int8', 'uint8'];

/** As the facade's other calls; `make` has what makes their arguments. */
export const layerCalls = ({ QuantizedLinear, OutlierLinear }, { plain, tensor, params, activation }) => ({
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
});
