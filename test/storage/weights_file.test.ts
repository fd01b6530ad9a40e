// What was saved is what is loaded, bit for bit, on this layout and from others.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Linear,
  matmulInt8,
  PackedWeights,
  packWeights,
  type QParams,
  QuantizedLinear,
  type QuantizedLinearOptions,
  runtime,
  Tensor,
} from '../../lib';
import { expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';
import { fileImage, weightSections } from './file_image';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'octavo-storage-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, 'weights.octavo');
const copy = path.join(folder, 'copy.octavo');
const golden = (name: string) => path.join(__dirname, 'golden', name);
/** The layout of the scalar kernel set, of neondot and of all for x86; the golden files have it. */
const ownLayout = !['neon', 'neoni8mm'].includes(runtime.isa);
const LAYOUT = { nr: 16, kr: 4 };

type Stored = typeof PackedWeights | typeof QuantizedLinear;
const LOADS: [string, (type: Stored, from: string) => unknown][] = [
  ['load', (type, from) => type.load(from)],
  ['load, mapped', (type, from) => type.load(from, { mmap: true })],
  ['loadAsync', (type, from) => type.loadAsync(from)],
  ['loadAsync, mapped', (type, from) => type.loadAsync(from, { mmap: true })],
];

describe.each(LOADS)('packed weights through %s', (_, load) => {
  it.each([
    [0, 0],
    [0, 5],
    [5, 0],
    [1, 1],
    [3, 5],
    [4, 16],
    [5, 17],
    [64, 32],
    [67, 131],
  ])('k %i, n %i', async (k, n) => {
    const random = new Random(k * 1000 + n);
    const a = new Tensor('uint8', random.uint8(3 * k), [3, k]);
    const weights = packWeights(new Tensor('int8', random.int8(k * n), [k, n]));
    const options = { bZeroPoint: random.int32(n, -128, 127), aZeroPoint: 7 };
    const expected = matmulInt8(a, weights, options);
    weights.save(file);
    weights.dispose();
    const loaded = (await load(PackedWeights, file)) as PackedWeights;
    expect({ k: loaded.k, n: loaded.n }).toEqual({ k, n });
    expectSameBits(matmulInt8(a, loaded, options).data, expected.data);
    await loaded.saveAsync(copy);
    expect(fs.readFileSync(copy)).toEqual(fs.readFileSync(file));
  });
});

const random = new Random(11);
const [K, N] = [45, 19];
const weight = new Tensor('float32', random.float32(N * K), [N, K]);
const bias = random.float32(N);
const params = (type: 'int8' | 'uint8', zeroPoint: number): QParams => ({
  type,
  scale: Float32Array.of(0.0123),
  zeroPoint: Int32Array.of(zeroPoint),
  granularity: 'tensor',
});
const WEIGHTS = (['tensor', { axis: 0 }] as const).flatMap((granularity) =>
  [true, false].map((symmetric) => ({ type: 'int8' as const, symmetric, granularity })),
);
const ACTIVATIONS = ['dynamic', params('int8', -4), params('uint8', 131)] as const;
const OUTPUTS = ['float32', 'float16', params('int8', 5), params('uint8', 17)] as const;
const FUNCTIONS = ['none', 'relu', 'gelu', 'geluTanh', 'silu', { clip: [-0.25, 0.75] }] as const;
const LAYERS = WEIGHTS.flatMap((weights) =>
  ACTIVATIONS.flatMap((activations) =>
    OUTPUTS.flatMap((output) => FUNCTIONS.map((activation) => ({ weights, activations, output, activation }))),
  ),
);

describe.each([LOADS[0]!, LOADS[3]!])('layers through %s', (_, load) => {
  it.each([
    ['a bias', bias],
    ['no bias', null],
  ])('with all options and %s', async (_, given) => {
    const x = new Tensor('float32', random.float32(4 * K), [4, K]);
    for (const options of LAYERS as QuantizedLinearOptions[]) {
      const layer = QuantizedLinear.from({ weight, bias: given }, options);
      layer.save(file);
      const loaded = (await load(QuantizedLinear, file)) as QuantizedLinear;
      expect(loaded).toEqual(layer);
      expectSameBits(loaded.forward(x).data, layer.forward(x).data as Float32Array, JSON.stringify(options));
      await loaded.saveAsync(copy);
      expect(fs.readFileSync(copy)).toEqual(fs.readFileSync(file));
    }
  });

  it('without inputs, without outputs, with one of each', async () => {
    for (const dims of [
      [0, 3],
      [3, 0],
      [1, 1],
    ]) {
      const float = { weight: Tensor.zeros('float32', dims), bias: new Float32Array(dims[0]!) };
      const layer = QuantizedLinear.from(float);
      await layer.saveAsync(file);
      const loaded = (await load(QuantizedLinear, file)) as QuantizedLinear;
      expect(loaded).toEqual(layer);
      const x = Tensor.zeros('float32', [2, dims[1]!]);
      expect(loaded.forward(x)).toEqual(layer.forward(x));
    }
  });
});

describe('the golden files', () => {
  const b = (p: number, j: number) => ((p * 37 + j * 11) % 256) - 128;
  const [k, n] = [10, 19];
  const weights = () => {
    const values = Int8Array.from({ length: k * n }, (_, i) => b(Math.floor(i / n), i % n));
    return packWeights(new Tensor('int8', values, [k, n]));
  };
  const layer = () => {
    const values = Float32Array.from({ length: 6 * 5 }, (_, i) => ((i * 7) % 16) / 8 - 0.75);
    const float = new Linear(new Tensor('float32', values, [6, 5]), Float32Array.of(1, -1, 0.5, 0.25, -2, 0));
    return QuantizedLinear.from(float, {
      weights: { type: 'int8', symmetric: false, granularity: { axis: 0 } },
      activations: { ...params('uint8', 100), scale: Float32Array.of(0.125) },
      output: { ...params('int8', -3), scale: Float32Array.of(0.0625) },
      activation: { clip: [-1.5, 6] },
    });
  };
  const a = new Tensor('int8', new Random(1).int8(2 * k), [2, k]);
  const x = new Tensor('float32', new Random(2).float32(3 * 5, 10), [3, 5]);

  it('load as what they were written from', () => {
    const loaded = PackedWeights.load(golden('packed_weights_1.octavo'));
    expect([loaded.k, loaded.n]).toEqual([k, n]);
    expectSameBits(matmulInt8(a, loaded).data, matmulInt8(a, weights()).data);
    const loadedLayer = QuantizedLinear.load(golden('quantized_linear_1.octavo'));
    expect(loadedLayer).toEqual(layer());
    expectSameBits(loadedLayer.forward(x).data, layer().forward(x).data as Int8Array);
  });

  it.skipIf(!ownLayout)('are what is written today', () => {
    weights().save(file);
    expect(fs.readFileSync(file)).toEqual(fs.readFileSync(golden('packed_weights_1.octavo')));
    layer().save(file);
    expect(fs.readFileSync(file)).toEqual(fs.readFileSync(golden('quantized_linear_1.octavo')));
  });

  it('are what the description of the format says', () => {
    const shape = { k, n, ...LAYOUT };
    const image = fileImage(shape, weightSections(b, shape));
    expect(fs.readFileSync(golden('packed_weights_1.octavo'))).toEqual(Buffer.from(image));
  });
});

describe('a layer header', () => {
  const dynamic = { 64: 0, 68: 1, 72: 0 };
  const float32 = { 76: 0, 80: 1, 84: 0 };
  const none = { 88: 0, 92: 0, 96: 0 };
  const scale = Math.fround(0.0123);

  it.each<[QuantizedLinearOptions, Record<number, number>]>([
    [{}, { ...dynamic, ...float32, ...none }],
    [{ activations: params('int8', -4) }, { 64: 1, 68: scale, 72: -4 }],
    [{ activations: params('uint8', 131) }, { 64: 2, 68: scale, 72: 131 }],
    [{ output: params('int8', 5) }, { 76: 1, 80: scale, 84: 5 }],
    [{ output: params('uint8', 17) }, { 76: 2, 80: scale, 84: 17 }],
    [{ output: 'float16' }, { 76: 3, 80: 1, 84: 0 }],
    [{ activation: { clip: [-0.25, 0.75] } }, { 88: 1, 92: -0.25, 96: 0.75 }],
    [{ activation: 'relu' }, { 88: 1, 92: 0, 96: Infinity }],
    [{ activation: 'relu6' }, { 88: 1, 92: 0, 96: 6 }],
    [{ activation: 'gelu' }, { ...none, 88: 2 }],
    [{ activation: 'geluTanh' }, { ...none, 88: 3 }],
    [{ activation: 'silu' }, { ...none, 88: 4 }],
  ])('of %j has the numbers of the description', (options, numbers) => {
    QuantizedLinear.from({ weight }, options).save(file);
    const bytes = fs.readFileSync(file);
    const floats = [68, 80, 92, 96];
    const found = Object.keys(numbers).map((at) => [
      at,
      floats.includes(Number(at)) ? bytes.readFloatLE(Number(at)) : bytes.readInt32LE(Number(at)),
    ]);
    expect(Object.fromEntries(found)).toEqual(numbers);
    expect(bytes.subarray(100, 128).every((byte) => byte === 0)).toBe(true);
  });
});

describe('weights in the layout of other kernel sets', () => {
  const b = (p: number, j: number) => ((p * 29 + j * 101) % 256) - 128;
  const [k, n] = [45, 37];
  const a = new Tensor('int8', new Random(9).int8(5 * k), [5, k]);
  const values = Int8Array.from({ length: k * n }, (_, i) => b(Math.floor(i / n), i % n));
  const expected = packWeights(new Tensor('int8', values, [k, n]));

  it.each([
    ['neon', 8, 16],
    ['neoni8mm', 16, 8],
    ['all others', 16, 4],
    ['rows', 1, 1],
    ['one panel', 256, 256],
    ['odd sides', 7, 3],
  ])('%s: %i columns by %i rows', (_, nr, kr) => {
    const shape = { k, n, nr, kr };
    fs.writeFileSync(file, fileImage(shape, weightSections(b, shape)));
    for (const mmap of [false, true]) {
      const loaded = PackedWeights.load(file, { mmap });
      expectSameBits(matmulInt8(a, loaded).data, matmulInt8(a, expected).data);
      loaded.save(copy);
      expected.save(path.join(folder, 'expected.octavo'));
      expect(fs.readFileSync(copy)).toEqual(fs.readFileSync(path.join(folder, 'expected.octavo')));
    }
  });
});

describe('memory', () => {
  const weights = packWeights(new Tensor('int8', new Random(4).int8(512 * 256), [512, 256]));
  const a = new Tensor('int8', new Random(5).int8(512), [1, 512]);
  const expected = matmulInt8(a, weights).data;

  it.skipIf(!ownLayout)('of a file is used where it lies: read once, or not at all when mapped', () => {
    weights.save(file);
    const before = runtime.weightBytes;
    const read = PackedWeights.load(file);
    expect(runtime.weightBytes - before).toBe(fs.statSync(file).size);
    const mapped = PackedWeights.load(file, { mmap: true });
    expect(runtime.weightBytes - before).toBe(fs.statSync(file).size);
    expect([read.byteLength, mapped.byteLength]).toEqual([weights.byteLength, weights.byteLength]);
    const opened = PackedWeights.open(mapped.share());
    mapped.dispose();
    expectSameBits(matmulInt8(a, opened).data, expected);
    opened.dispose();
    read.dispose();
    expect(runtime.weightBytes).toBe(before);
  });

  it('that was read does not follow what becomes of the file; mapped weights keep a file that was replaced', () => {
    weights.save(file);
    const read = PackedWeights.load(file);
    fs.truncateSync(file, 100);
    expectSameBits(matmulInt8(a, read).data, expected);
    weights.save(file);
    const mapped = PackedWeights.load(file, { mmap: true });
    packWeights(Tensor.zeros('int8', [1, 1])).save(file);
    fs.rmSync(file);
    expectSameBits(matmulInt8(a, mapped).data, expected);
  });
});
