// Memory that a call must not use, at every operation of the facade: shared, detached, shrunk.
import { describe, expect, it } from 'vitest';
import * as octavo from '../../lib';
import { Linear, Observer, QuantizedLinear, Tensor } from '../../lib';
import { expectCode, expectRejection } from '../reference/expectations';

type Memory = Float32Array | Int8Array;
const scheme = { type: 'int8', symmetric: true, granularity: 'tensor' } as const;
const params = { type: 'int8', scale: Float32Array.of(1), zeroPoint: Int32Array.of(0), granularity: 'tensor' } as const;
const float = (data: Memory) => ({ type: 'float32' as const, dims: [2, 3], data: data as Float32Array });
const int8 = (data: Memory) => ({ type: 'int8' as const, dims: [2, 3], data: data as Int8Array });
const weight = Tensor.zeros('float32', [4, 3]);
const linear = new Linear(weight);
const quantized = QuantizedLinear.from({ weight }, { activations: params });
const observer = () => new Observer({ method: 'minmax', scheme });
const b = { int8: Tensor.zeros('int8', [3, 2]), float32: Tensor.zeros('float32', [3, 2]) };

interface Operation {
  readonly Class: {
    new (data: number | ArrayBufferLike, offset?: number, length?: number): Memory;
    BYTES_PER_ELEMENT: number;
  };
  readonly run: (data: never) => unknown;
  readonly runAsync?: (data: never) => Promise<unknown>;
}

/** Each takes six values, [2, 3], in the memory that it is given. */
const OPERATIONS: Record<string, Operation> = {
  quantize: {
    Class: Float32Array,
    run: (x) => octavo.quantize(float(x), params),
    runAsync: (x) => octavo.quantizeAsync(float(x), params),
  },
  'quantize by a scheme': {
    Class: Float32Array,
    run: (x) => octavo.quantize(float(x), scheme),
    runAsync: (x) => octavo.quantizeAsync(float(x), scheme),
  },
  dequantize: {
    Class: Int8Array,
    run: (q) => octavo.dequantize({ ...int8(q), params } as never),
    runAsync: (q) => octavo.dequantizeAsync({ ...int8(q), params } as never),
  },
  'matmulInt8, a': {
    Class: Int8Array,
    run: (a) => octavo.matmulInt8(int8(a), b.int8),
    runAsync: (a) => octavo.matmulInt8Async(int8(a), b.int8),
  },
  'matmulInt8, b': {
    Class: Int8Array,
    run: (weights) => octavo.matmulInt8(Tensor.zeros('int8', [1, 2]), int8(weights)),
    runAsync: (weights) => octavo.matmulInt8Async(Tensor.zeros('int8', [1, 2]), int8(weights)),
  },
  'matmulFloat32, a': {
    Class: Float32Array,
    run: (a) => octavo.matmulFloat32(float(a), b.float32),
    runAsync: (a) => octavo.matmulFloat32Async(float(a), b.float32),
  },
  'matmulFloat32, b': {
    Class: Float32Array,
    run: (weights) => octavo.matmulFloat32(Tensor.zeros('float32', [1, 2]), float(weights)),
    runAsync: (weights) => octavo.matmulFloat32Async(Tensor.zeros('float32', [1, 2]), float(weights)),
  },
  packWeights: {
    Class: Int8Array,
    run: (weights) => octavo.packWeights(int8(weights)),
    runAsync: (weights) => octavo.packWeightsAsync(int8(weights)),
  },
  Linear: { Class: Float32Array, run: (weights) => new Linear(float(weights)) },
  'Linear.forward': {
    Class: Float32Array,
    run: (x) => linear.forward(float(x)),
    runAsync: (x) => linear.forwardAsync(float(x)),
  },
  'QuantizedLinear.from': { Class: Float32Array, run: (weights) => QuantizedLinear.from({ weight: float(weights) }) },
  'QuantizedLinear.forward of float32': {
    Class: Float32Array,
    run: (x) => quantized.forward(float(x)),
    runAsync: (x) => quantized.forwardAsync(float(x)),
  },
  'QuantizedLinear.forward of bytes': {
    Class: Int8Array,
    run: (q) => quantized.forward(int8(q)),
    runAsync: (q) => quantized.forwardAsync(int8(q)),
  },
  'Observer.observe': {
    Class: Float32Array,
    run: (x) => observer().observe(float(x)),
    runAsync: (x) => observer().observeAsync(float(x)),
  },
  histogram: {
    Class: Float32Array,
    run: (x) => octavo.histogram(float(x), { bins: 8, limit: 1 }),
    runAsync: (x) => octavo.histogramAsync(float(x), { bins: 8, limit: 1 }),
  },
};

function shrink(Class: Operation['Class']): Memory {
  const Buffer = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer & {
    resize(length: number): void;
  };
  const buffer = new Buffer(6 * Class.BYTES_PER_ELEMENT, { maxByteLength: 64 });
  const view = new Class(buffer, 0, 6);
  buffer.resize(4);
  return view;
}

function detached(Class: Operation['Class']): Memory {
  const data = new Class(6);
  structuredClone(0, { transfer: [data.buffer as ArrayBuffer] });
  return data;
}

describe.each(Object.entries(OPERATIONS))('%s', (_, { Class, run, runAsync }) => {
  const use = async (data: Memory, code: 'ERR_DTYPE' | 'ERR_SHAPE', message: RegExp) => {
    expectCode(() => run(data as never), code, message);
    if (runAsync !== undefined) await expectRejection(runAsync(data as never), code, message);
  };

  it('takes ordinary memory', async () => {
    expect(run(new Class(6) as never)).toBeDefined();
    expect(await runAsync?.(new Class(6) as never)).toEqual(runAsync && expect.anything());
  });

  it('refuses shared memory', () =>
    use(new Class(new SharedArrayBuffer(6 * Class.BYTES_PER_ELEMENT)), 'ERR_DTYPE', /SharedArrayBuffer/));

  it('refuses detached memory', () => use(detached(Class), 'ERR_SHAPE', /length 6.*got 0/));

  it.skipIf(!('resizable' in ArrayBuffer.prototype))('refuses memory that shrank', () =>
    use(shrink(Class), 'ERR_SHAPE', /length 6.*got 0/),
  );
});

type WithOut = (options: { out: never }) => unknown;
const row = Tensor.zeros('float32', [1, 3]);
const rows = { int8: Tensor.zeros('int8', [2, 3]), float32: Tensor.zeros('float32', [2, 3]) };
const four = Tensor.zeros('float32', [4]);
const bytes = octavo.quantize(four, params);

/** Calls that write four values into an array of the caller, in both forms. */
const OUTPUTS: Record<string, [new (buffer: SharedArrayBuffer) => object, number, WithOut, WithOut]> = {
  quantize: [Int8Array, 4, (o) => octavo.quantize(four, params, o), (o) => octavo.quantizeAsync(four, params, o)],
  dequantize: [Float32Array, 16, (o) => octavo.dequantize(bytes, o), (o) => octavo.dequantizeAsync(bytes, o)],
  matmulInt8: [
    Int32Array,
    16,
    (o) => octavo.matmulInt8(rows.int8, b.int8, o),
    (o) => octavo.matmulInt8Async(rows.int8, b.int8, o),
  ],
  matmulFloat32: [
    Float32Array,
    16,
    (o) => octavo.matmulFloat32(rows.float32, b.float32, o),
    (o) => octavo.matmulFloat32Async(rows.float32, b.float32, o),
  ],
  'Linear.forward': [Float32Array, 16, (o) => linear.forward(row, o), (o) => linear.forwardAsync(row, o)],
  'QuantizedLinear.forward': [
    Float32Array,
    16,
    (o) => quantized.forward(row, o),
    (o) => quantized.forwardAsync(row, o),
  ],
};

it.each(Object.entries(OUTPUTS))('%s writes into no shared memory', async (_, [Class, size, run, runAsync]) => {
  const out = new Class(new SharedArrayBuffer(size)) as never;
  expectCode(() => run({ out }), 'ERR_DTYPE', /out must not lie in a SharedArrayBuffer/);
  await expectRejection(runAsync({ out }) as Promise<unknown>, 'ERR_DTYPE', /out must not lie in a SharedArrayBuffer/);
});
