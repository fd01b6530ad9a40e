// Weights and layers on a GPU: the bytes of the CPU, from JavaScript, without copies between layers.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  Linear,
  matmulInt8,
  packWeights,
  QuantizedLinear,
  type QuantizedLinearOptions,
  quantize,
  Tensor,
  type TensorLike,
} from '../../lib';
import { type CudaDevice, cuda, type DeviceTensor } from '../../lib/cuda';
import { Random } from '../reference/random';
import { describeOnGpu } from './emulated_gpu';

let device: CudaDevice;

const countOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
const randomFloats = (dims: readonly number[], seed: number) =>
  ({ type: 'float32', dims, data: new Random(seed).float32(countOf(dims), 2) }) as const;
const randomInts = <T extends 'int8' | 'uint8'>(type: T, dims: readonly number[], seed: number) => {
  const random = new Random(seed);
  const data = type === 'int8' ? random.int8(countOf(dims)) : random.uint8(countOf(dims));
  return { type, dims, data } as unknown as TensorLike<T>;
};

const onHost = async (y: DeviceTensor) => (await y.toHost()).data;

describeOnGpu('layers on a GPU', () => {
  beforeAll(async () => {
    device = await cuda.open();
  });
  afterAll(() => device.dispose());

  const weight = randomFloats([19, 64], 1);
  const bias = randomFloats([19], 2).data;
  const x = randomFloats([2, 3, 64], 3);
  const params = {
    type: 'uint8',
    scale: Float32Array.of(0.02),
    zeroPoint: Int32Array.of(120),
    granularity: 'tensor',
  } as const;

  const forms: [string, QuantizedLinearOptions][] = [
    ['int8', {}],
    ['int8, static', { activations: params, output: params }],
    ['int8 to float16', { output: 'float16', activation: 'gelu' }],
    ['int8 in groups', { weights: { format: 'int8', block: 32 } as never }],
    ['int4', { weights: { format: 'int4', block: 32 } as never, activation: 'relu' }],
    ['nf4', { weights: 'nf4', activation: 'silu' }],
    ['float16', { weights: 'float16', output: 'float16' }],
    ['bfloat16', { weights: 'bfloat16' }],
  ];
  it.each(forms)('%s: the bytes of the CPU', async (_, options) => {
    using layer = QuantizedLinear.from({ weight, bias }, options);
    using placed = layer.to(device);
    const residual = randomFloats([2, 3, 19], 4);
    const plain = placed.forward(device.tensor(x));
    const added = placed.forward(device.tensor(x), { residual: device.tensor(residual) });
    expect(plain.dims).toEqual([2, 3, 19]);
    expect(plain.type).toBe(layer.outputType);
    expect(await plain.toHost()).toEqual(layer.forward(x)); // with its parameters, where it has some
    expect(await onHost(added)).toEqual(layer.forward(x, { residual }).data);
    expect(placed).toMatchObject({ inFeatures: 64, outFeatures: 19, outputType: layer.outputType, device });
    expect(placed.byteLength).toBeGreaterThan(19 * 32);
  });

  it('takes bytes that are quantized already, and writes where it is told', async () => {
    using layer = QuantizedLinear.from({ weight }, { activations: params });
    using placed = layer.to(device);
    const q = quantize(x, params);
    const out = device.empty('float32', [2, 3, 19]);
    expect(placed.forward(device.tensor(q as never), { out })).toBe(out);
    expect(await onHost(out)).toEqual(layer.forward(q as never).data);
  });

  it('a chain of three layers, one of them not quantized, stays on the device', async () => {
    const first = QuantizedLinear.from({ weight, bias, activation: 'relu' });
    const second = new Linear(randomFloats([40, 19], 5), randomFloats([40], 6).data, { activation: 'gelu' });
    const third = QuantizedLinear.from({ weight: randomFloats([7, 40], 7) }, { weights: 'nf4' });
    const layers = [first, second, third];
    const placed = layers.map((layer) => layer.to(device));
    let y: DeviceTensor = device.tensor(x);
    let host: Tensor<'float32'> = Tensor.from(x.data as never, x.dims as never);
    for (const layer of placed) y = layer.forward(y);
    for (const layer of layers) host = layer.forward(host) as Tensor<'float32'>;
    expect(await onHost(y)).toEqual(host.data);
  });

  it('refuses what the layer on the CPU refuses, and what lies elsewhere', async () => {
    const layer = QuantizedLinear.from({ weight });
    const placed = layer.to(device);
    const onDevice = device.tensor(x);
    expect(() => placed.forward(x as never)).toThrow(/x lies on the host/);
    expect(() => placed.forward(device.tensor(randomFloats([2, 63], 1)))).toThrow(
      'x must be [..., 64], got rows of 63',
    );
    expect(() => placed.forward(device.tensor(randomFloats([], 1)))).toThrow(/at least one dimension/);
    expect(() => placed.forward(device.empty('int8', [2, 64]))).toThrow(/x.type must be float32/);
    expect(() => placed.forward(onDevice, { out: device.empty('float32', [6, 19]) })).toThrow(/out must have dims/);
    expect(() => placed.forward(onDevice, { residual: device.empty('float32', [6, 19]) })).toThrow(/residual must be/);
    using square = QuantizedLinear.from({ weight: randomFloats([64, 64], 1) }).to(device);
    expect(() => square.forward(onDevice, { out: onDevice })).toThrow('out must not be x');
    expect(() => layer.to({} as never)).toThrow(/device must be a device that cuda.open/);
    expect(() => packWeights({ type: 'int8', dims: [1, 1], data: new Int8Array(1) }).to(undefined as never)).toThrow(
      /device must be/,
    );
    using other = await cuda.open();
    expect(() => placed.forward(other.tensor(x))).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
    layer.dispose();
    expect(() => layer.to(device)).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
    placed.forward(onDevice); // has its own memory
    placed.dispose();
    expect(() => placed.forward(onDevice)).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
    expect(() => placed.byteLength).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
  });
});

describeOnGpu('matmulInt8 on a GPU', () => {
  beforeAll(async () => {
    device = await cuda.open();
  });
  afterAll(() => device.dispose());

  const b = randomInts('int8', [50, 21], 8);
  const zeros: [string, object][] = [
    ['none', {}],
    ['one', { aZeroPoint: 7, bZeroPoint: -3 }],
    [
      'each its own',
      { aZeroPoint: Int32Array.of(1, 0, 3, 4, 127, 6), bZeroPoint: Int32Array.from({ length: 21 }, (_, i) => i - 9) },
    ],
  ];
  it.each(zeros)('zero points: %s', async (_, options) => {
    const weights = packWeights(b);
    using placed = weights.to(device);
    expect(placed).toMatchObject({ k: 50, n: 21, device });
    for (const type of ['int8', 'uint8'] as const) {
      const a = randomInts(type, [2, 3, 50], 9);
      const c = device.matmulInt8(device.tensor(a), placed, options);
      expect(c.dims).toEqual([2, 3, 21]);
      expect(await onHost(c)).toEqual(matmulInt8(a, weights, options).data);
    }
  });

  it('refuses what the CPU refuses, with its words', () => {
    const weights = packWeights(b);
    const placed = weights.to(device);
    const a = randomInts('uint8', [2, 50], 9);
    const onDevice = device.tensor(a);
    const long = { type: 'int8', dims: [65_794, 1], data: new Int8Array(65_794) } as const;
    const message = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing was thrown';
    };
    for (const options of [{ aZeroPoint: 256 }, { bZeroPoint: Int32Array.of(1, 2) }, { aZeroPoint: Int32Array.of(-1) }])
      expect(message(() => device.matmulInt8(onDevice, placed, options))).toBe(
        message(() => matmulInt8(a, weights, options)),
      );
    const rows = { type: 'uint8', dims: [1, 65_794], data: new Uint8Array(65_794) } as const;
    const beyond = packWeights(long);
    expect(message(() => device.matmulInt8(device.tensor(rows), beyond.to(device)))).toBe(
      message(() => matmulInt8(rows, beyond)),
    );
    expect(() => device.matmulInt8(device.empty('int8', [2, 49]), placed)).toThrow('a has k 49, b has k 50');
    expect(() => device.matmulInt8(device.empty('int8', [50]), placed)).toThrow(/a must be \[m, k\]/);
    expect(() => device.matmulInt8(onDevice, weights as never)).toThrow(/b must be weights on a device/);
    placed.dispose();
    expect(() => device.matmulInt8(onDevice, placed)).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
  });
});
