// Child process: every export of the package under spoiled arguments. Arguments: seed, number of rounds. Prints what
// happened as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkpointCalls } from './checkpoint_calls.mjs';
import { Fuzzer } from './fuzzer.mjs';
import { detach } from './hostile_values.mjs';
import { layerCalls } from './layer_calls.mjs';

const octavo = createRequire(import.meta.url)('../../dist/lib/index.js');
const {
  Linear,
  Observer,
  ObserverGroup,
  PackedWeights,
  QuantizedLinear,
  QuantizedTensor,
  Sketch,
  Tensor,
  isOctavoError,
  packWeights,
} = octavo;

const [seed, rounds] = process.argv.slice(2).map(Number);

const sizes = (random) => ({ m: random.integer(0, 5), n: random.integer(0, 5), k: random.integer(0, 5) });
const ARRAYS = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int4: Uint8Array,
  uint4: Uint8Array,
};
const elementsOf = (type, count) => Math.ceil(count / (type === 'int4' || type === 'uint4' ? 2 : 1));
const plain = (type, dims) => ({
  type,
  dims: [...dims],
  data: new ARRAYS[type](
    elementsOf(
      type,
      dims.reduce((product, dim) => product * dim, 1),
    ),
  ),
  strides: undefined,
});
/** A tensor as a plain object, whose every property can be spoiled, or as one of octavo's own. */
const tensor = (random, type, dims) =>
  random.chance(0.8) ? plain(type, dims) : Tensor.from(new ARRAYS[type](dims.reduce((a, b) => a * b, 1)), dims);

const byte = (random) => random.pick(['int8', 'uint8']);
const quantized = (random) => random.pick(['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4']);
const granularity = (random) => random.pick(['tensor', { axis: 0 }, { axis: -1 }]);
const scheme = (random) => ({
  type: byte(random),
  symmetric: random.chance(0.5),
  granularity: granularity(random),
  range: undefined,
});
const params = (type, count, where = 'tensor') => ({
  type,
  scale: new Float32Array(count).fill(0.5),
  zeroPoint: new Int32Array(count),
  granularity: where,
});
/** Parameters that fit a tensor of these dims. */
function paramsFor(random, dims) {
  const where = granularity(random);
  return params(byte(random), where === 'tensor' ? 1 : dims.at(where.axis), where);
}
/** Options with an out of the right length, with a signal, or none. */
const withOut = (random, Class, length) =>
  random.pick([undefined, {}, { out: new Class(length) }, { signal: new AbortController().signal }]);

const packed = (random, k, n) => {
  const made = packWeights(plain('int8', [k, n]));
  if (random.chance(0.05)) made.dispose();
  if (random.chance(0.05)) return Object.create(made, { k: { value: Symbol('k') } });
  if (random.chance(0.03)) return new Proxy(made, {});
  if (random.chance(0.03)) return Object.assign(Object.create(PackedWeights.prototype), { k, n });
  return made;
};
const observer = (random) => new Observer({ method: 'minmax', scheme: scheme(random) });
const group = (random) =>
  new ObserverGroup({ method: 'mse', scheme: scheme(random) }).observe({ x: plain('float32', [2, 3]) });
const sketchOptions = (random) => ({
  bins: 2 ** random.integer(1, 6),
  axis: random.pick([undefined, 1]),
  block: undefined,
});
const sketch = (random) => new Sketch(sketchOptions(random)).observe(plain('float32', [2, 3]));
const channel = (random) => ({ ...sketch(random).channels[0] });
const method = (random) => random.pick(['minmax', 'entropy', 'mse', 'auto', { percentile: 99 }]);
const activation = (random) => random.pick([undefined, 'none', 'relu', 'gelu', { clip: [-1, 1] }]);

function layerAndInput(random) {
  const { m, n, k } = sizes(random);
  const [input, output] = [
    random.pick(['dynamic', 'int8', 'uint8']),
    random.pick(['float32', 'float16', 'int8', 'uint8']),
  ];
  const layer = QuantizedLinear.from(
    { weight: plain('float32', [n + 1, k]) },
    {
      activations: input === 'dynamic' ? input : params(input, 1),
      output: output.startsWith('float') ? output : params(output, 1),
    },
  );
  const x = tensor(random, input === 'dynamic' ? 'float32' : random.pick(['float32', input]), [m, k]);
  const residual = random.pick([undefined, tensor(random, 'float32', [m, n + 1])]);
  const options = withOut(random, ARRAYS[output], m * (n + 1));
  return { layer, args: [x, residual === undefined ? options : { ...options, residual }] };
}

function linearAndInput(random) {
  const { m, n, k } = sizes(random);
  const layer = new Linear(plain('float32', [n, k]), random.pick([null, new Float32Array(n)]));
  return { layer, args: [tensor(random, 'float32', [m, k]), withOut(random, Float32Array, m * n)] };
}

const shared = {
  weights: packWeights(plain('int8', [3, 4])),
  linear: new Linear(plain('float32', [4, 3]), new Float32Array(4)),
  layer: QuantizedLinear.from({ weight: plain('float32', [4, 3]) }),
};

// Files are written wherever a spoiled path leads, so that this must not be the project's folder.
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-fuzz-'));
process.chdir(folder);
process.on('exit', () => rmSync(folder, { recursive: true }));
octavo.writeSketches('sketches.json', new Map([['x', new Sketch()]]));
shared.weights.save('weights.octavo');
shared.layer.save('layer.octavo');
const loadArguments = (random) => [
  random.pick(['weights.octavo', 'layer.octavo', 'saved.octavo']),
  random.pick([undefined, {}, { mmap: true }]),
];

/** Valid arguments of every function and method, with the function. */
const CALLS = {
  Tensor: () => [(...args) => new Tensor(...args), ['int8', new Int8Array(6), [2, 3]]],
  'Tensor.from': () => [Tensor.from, [new Float32Array(6), [2, 3], 'float32']],
  'Tensor.zeros': () => [Tensor.zeros, ['int8', [2, 3]]],
  QuantizedTensor: () => [(...args) => new QuantizedTensor(...args), [new Int8Array(4), [4], params('int8', 1)]],
  chooseParams: (random) => [octavo.chooseParams, [{ min: -1, max: new Float32Array(1) }, scheme(random)]],
  quantize(random) {
    const dims = [random.integer(0, 4), random.integer(0, 4)];
    const how = { ...(random.chance(0.5) ? scheme(random) : paramsFor(random, dims)), type: quantized(random) };
    const length = elementsOf(how.type, dims[0] * dims[1]);
    return [octavo.quantize, [tensor(random, 'float32', dims), how, withOut(random, ARRAYS[how.type], length)]];
  },
  quantizationError(random) {
    const dims = [random.integer(0, 4), random.integer(0, 4)];
    const how = { ...paramsFor(random, dims), type: quantized(random) };
    const other = random.chance(0.5) ? how : { ...plain(how.type, dims), params: how };
    return [octavo.quantizationError, [tensor(random, 'float32', dims), other, random.pick([undefined, { axis: 1 }])]];
  },
  dequantize(random) {
    const dims = [random.integer(0, 4), random.integer(0, 4)];
    const how = { ...paramsFor(random, dims), type: quantized(random) };
    return [octavo.dequantize, [{ ...plain(how.type, dims), params: how }]];
  },
  matmulInt8(random) {
    const { m, n, k } = sizes(random);
    const batch = random.pick([[], [], [2]]);
    const rows = m * (batch[0] ?? 1);
    const b = random.pick([
      () => packed(random, k, n),
      () => plain('int8', [k, n]),
      () => plain('int8', [...batch, k, n]),
    ])();
    const options = { aZeroPoint: random.pick([undefined, 3, new Int32Array(rows)]), bZeroPoint: new Int32Array(n) };
    return [
      octavo.matmulInt8,
      [tensor(random, byte(random), [...batch, m, k]), b, { ...options, ...withOut(random, Int32Array, rows * n) }],
    ];
  },
  matmulFloat32(random) {
    const { m, n, k } = sizes(random);
    return [
      octavo.matmulFloat32,
      [tensor(random, 'float32', [m, k]), tensor(random, 'float32', [k, n]), withOut(random, Float32Array, m * n)],
    ];
  },
  packWeights: (random) => [
    packWeights,
    [tensor(random, 'int8', [3, 4]), random.pick([undefined, { transposed: true }])],
  ],
  PackedWeights: (random) => [
    (...args) => octavo.matmulInt8(plain('int8', [2, 3]), new PackedWeights(...args)),
    [random.pick([{}, packWeights(plain('int8', [3, 4]))])],
  ],
  'PackedWeights.save': () => [(file) => shared.weights.save(file), ['saved.octavo']],
  'PackedWeights.saveAsync': () => [(file) => shared.weights.saveAsync(file), ['saved.octavo']],
  'PackedWeights.load': (random) => [PackedWeights.load, loadArguments(random)],
  'PackedWeights.loadAsync': (random) => [PackedWeights.loadAsync, loadArguments(random)],
  'QuantizedLinear.save': () => [(file) => shared.layer.save(file), ['saved.octavo']],
  'QuantizedLinear.saveAsync': () => [(file) => shared.layer.saveAsync(file), ['saved.octavo']],
  'QuantizedLinear.load': (random) => [QuantizedLinear.load, loadArguments(random)],
  'QuantizedLinear.loadAsync': (random) => [QuantizedLinear.loadAsync, loadArguments(random)],
  'PackedWeights.open': () => [PackedWeights.open, [shared.weights.share()]],
  'Linear.open': () => [Linear.open, [{ ...shared.linear.share() }]],
  'QuantizedLinear.open': () => [QuantizedLinear.open, [shared.layer.share()]],
  Linear: (random) => [
    (...args) => new Linear(...args),
    [tensor(random, 'float32', [2, 3]), new Float32Array(2), { activation: activation(random) }],
  ],
  'Linear.forward'(random) {
    const { layer, args } = linearAndInput(random);
    return [(...given) => layer.forward(...given), args];
  },
  'Linear.forwardAsync'(random) {
    const { layer, args } = linearAndInput(random);
    return [(...given) => layer.forwardAsync(...given), args];
  },
  QuantizedLinear: () => [
    (parts) => new QuantizedLinear(parts).forward(plain('float32', [1, 1])),
    [{ handle: {}, k: 1, n: 1 }],
  ],
  'QuantizedLinear.from'(random) {
    const [input, output] = [random.pick(['dynamic', params('uint8', 1)]), random.pick(['float32', params('int8', 1)])];
    const format = random.pick([
      ...['int4', 'nf4', 'bfloat16'],
      { format: 'uint4', group: 8, symmetric: undefined, clip: 'range' },
    ]);
    const options = {
      weights: random.pick([scheme(random), format]),
      activations: input,
      output,
      activation: activation(random),
    };
    return [QuantizedLinear.from, [{ weight: tensor(random, 'float32', [2, 3]), bias: new Float32Array(2) }, options]];
  },
  'QuantizedLinear.forward'(random) {
    const { layer, args } = layerAndInput(random);
    return [(...given) => layer.forward(...given), args];
  },
  'QuantizedLinear.forwardAsync'(random) {
    const { layer, args } = layerAndInput(random);
    return [(...given) => layer.forwardAsync(...given), args];
  },
  Observer: (random) => [(...args) => new Observer(...args), [{ method: 'minmax', scheme: scheme(random) }]],
  'Observer.observe': (random) => [(x) => observer(random).observe(x).params(), [tensor(random, 'float32', [2, 3])]],
  'Observer.observeAsync': (random) => [(x) => observer(random).observeAsync(x), [tensor(random, 'float32', [2, 3])]],
  'Observer.merge'(random) {
    const found = observer(random);
    const other = new Observer({ method: 'minmax', scheme: found.scheme });
    return [(value) => found.merge(value), [other]];
  },
  'Observer.fromJSON': (random) => [
    (json) => Observer.fromJSON(json).params(),
    [
      {
        ...observer(random)
          .observe(plain('float32', [2, 2]))
          .toJSON(),
        scheme: scheme(random),
      },
    ],
  ],
  ObserverGroup: (random) => [
    (...args) => new ObserverGroup(...args),
    [{ method: 'mse', scheme: scheme(random), policy: undefined, tensors: { x: { scheme: scheme(random) } } }],
  ],
  'ObserverGroup.observe': (random) => [
    (sample) => group(random).observe(sample).params(),
    [{ x: plain('float32', [2, 3]), y: plain('float32', [4]) }],
  ],
  'ObserverGroup.observeAsync': (random) => [
    (sample) => group(random).observeAsync(sample),
    [{ x: plain('float32', [2, 3]) }],
  ],
  'ObserverGroup.run': (random) => [
    (source, ...args) => group(random).run(typeof source === 'function' ? [] : source, ...args), // one may throw anything
    [[{ x: plain('float32', [2, 3]) }], { signal: undefined, onProgress: undefined }],
  ],
  'ObserverGroup.merge'(random) {
    const found = group(random);
    return [(value) => found.merge(value), [ObserverGroup.fromJSON(found.toJSON())]];
  },
  'ObserverGroup.fromJSON': (random) => [
    (json) => ObserverGroup.fromJSON(json).params(),
    [JSON.parse(JSON.stringify(group(random)))],
  ],
  writeSketches: (random) => [octavo.writeSketches, ['saved.bin', new Map([['x', sketch(random)]])]],
  readSketches: () => [octavo.readSketches, ['sketches.json']],
  histogram: (random) => [octavo.histogram, [tensor(random, 'float32', [9]), { bins: 8, limit: 2 }]],
  Sketch: (random) => [(...args) => new Sketch(...args), [sketchOptions(random)]],
  'Sketch.observe': (random) => [(x) => sketch(random).observe(x).channels, [tensor(random, 'float32', [2, 3])]],
  'Sketch.observeAsync': (random) => [(x) => sketch(random).observeAsync(x), [tensor(random, 'float32', [2, 3])]],
  'Sketch.merge'(random) {
    const found = sketch(random);
    return [(value) => found.merge(value), [found.clone()]];
  },
  'Sketch.fromJSON': (random) => [
    (json) => Sketch.fromJSON(json).channels,
    [JSON.parse(JSON.stringify(sketch(random)))],
  ],
  'Sketch.fromBytes': (random) => [(bytes) => Sketch.fromBytes(bytes).channels, [sketch(random).toBytes()]],
  rebin: (random) => [
    octavo.rebin,
    [{ ...sketch(random).observe(Tensor.from(new Float32Array(6).fill(3), [2, 3])).channels[0] }, 5],
  ],
  rangeOf: (random) => [octavo.rangeOf, [channel(random), method(random), scheme(random)]],
  expectedError: (random) => [octavo.expectedError, [channel(random), { scale: 0.5, zeroPoint: 1, low: 0, high: 255 }]],
  quantizerOf: (random) => [octavo.quantizerOf, [{ min: -1, max: 3 }, scheme(random)]],
  ...checkpointCalls(),
  ...layerCalls(octavo, { plain, tensor, params, activation }),
  isOctavoError: () => [isOctavoError, [new Error('any')]],
  runtime: () => [(threads) => Object.assign(octavo.runtime, { threads }), [2]],
};
for (const name of [
  'quantize',
  'dequantize',
  'quantizationError',
  'matmulInt8',
  'matmulFloat32',
  'packWeights',
  'histogram',
])
  CALLS[`${name}Async`] = (random) => [octavo[`${name}Async`], CALLS[name](random)[1]];

/** Constants and error classes take no arguments that could be wrong. */
const WITHOUT_ARGUMENTS = ['AUTO_METHODS', 'DTYPES', 'OctavoError', 'OctavoRangeError', 'OctavoTypeError'];
const untested = Object.keys(octavo).filter((name) => !(name in CALLS) && !WITHOUT_ARGUMENTS.includes(name));

/** Cuts off all memory that was handed over: an asynchronous call must have what it needs. */
function detachAll(args) {
  for (const value of args.flatMap((arg) => [arg, arg?.data, arg?.out, arg?.aZeroPoint, arg?.bZeroPoint])) {
    if (!ArrayBuffer.isView(value)) continue;
    try {
      detach(value);
    } catch {
      // Shared memory, and memory that is gone already, cannot be cut off.
    }
  }
}

const fuzzer = new Fuzzer(seed, isOctavoError);
for (let round = 0; round < rounds; round++) {
  for (const [name, make] of Object.entries(CALLS)) {
    let pristine;
    const started = fuzzer.call(name, (random) => {
      const [run, args] = make(random);
      pristine = [...args];
      return { run, args };
    });
    if (started instanceof Promise && fuzzer.random.chance(0.2)) detachAll(pristine);
  }
  if (round % 20 === 19) await fuzzer.settle();
}
await fuzzer.settle();
const { outcomes, violations } = fuzzer;
process.stdout.write(JSON.stringify({ untested, outcomes, violations: violations.slice(0, 20) }));
