// What QuantizedLinear.from takes as weights: results of methods with their input scales, and what it refuses.
import { describe, expect, it } from 'vitest';
import { type QParams, QuantizedLinear, Tensor } from '../../lib';
import { GramMatrix, gptq, quantizeWeight, roundToNearest } from '../../lib/weights';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';
import { forwardGrouped } from '../reference/grouped_layer';
import { Random } from '../reference/random';

const random = new Random(8);
const [M, N, K] = [5, 20, 64];
const weight = new Tensor('float32', random.float32(N * K), [N, K]);
const x = new Tensor('float32', random.float32(M * K, 2), [M, K]);
const params: QParams = {
  type: 'uint8',
  scale: Float32Array.of(0.02),
  zeroPoint: Int32Array.of(3),
  granularity: 'tensor',
};

function gramOf() {
  const gram = new GramMatrix(K);
  const data = random.float32(200 * K, 2).map((value, i) => (i % K < 4 ? value * 20 : value));
  gram.add(new Tensor('float32', data, [200, K]));
  return gram;
}

describe('results of methods', () => {
  it('of awq have their inputs divided, call by call', async () => {
    const made = quantizeWeight(weight, { format: 'int4', group: 32, method: 'awq', gram: gramOf() });
    expect(new Set(made.inputScale).size).toBeGreaterThan(1);
    const layer = QuantizedLinear.from({ weight: made });
    expect(layer.inputScale).toEqual(made.inputScale);
    const model = { weights: made.weights as never, inputScale: made.inputScale!, bias: null, output: null };
    const expected = Float32Array.from(forwardGrouped({ ...model, activation: 'none' }, x.data));
    expectSameBits(layer.forward(x).data, expected);
    expectSameBits((await layer.forwardAsync(x)).data, expected);
    const apart = { type: 'float32', dims: [M, K], data: new Float32Array(M * (K + 3)), strides: [K + 3, 1] } as const;
    for (let row = 0; row < M; row++) apart.data.set(x.data.subarray(row * K, (row + 1) * K), row * (K + 3));
    expectSameBits(layer.forward(apart).data, expected);
    expect(QuantizedLinear.open(layer.share())).toEqual(layer);
  });

  it('of awq with 8 bits divide as well', () => {
    const made = quantizeWeight(weight, { format: 'int8', method: 'awq', gram: gramOf() });
    const layer = QuantizedLinear.from({ weight: made });
    const divided = new Tensor(
      'float32',
      x.data.map((value, i) => value / made.inputScale![i % K]!),
      [M, K],
    );
    expectSameBits(
      layer.forward(x).data,
      QuantizedLinear.from({ weight: made.weights }).forward(divided).data as Float32Array,
    );
    expectCode(() => QuantizedLinear.from({ weight: made }, { activations: params }), 'ERR_UNSUPPORTED', /input scale/);
  });

  it('of gptq are layers, and its options go along with the format', () => {
    const [gram, options] = [gramOf(), { format: 'int4', group: 32 } as const];
    const made = quantizeWeight(weight, { ...options, method: gptq({ actOrder: true }), gram });
    const layer = QuantizedLinear.from({ weight }, { weights: { ...options, method: gptq({ actOrder: true }), gram } });
    expect(QuantizedLinear.from({ weight: made }).forward(x)).toEqual(layer.forward(x));
  });
});

describe('a layer of 4-bit weights', () => {
  it('refuses what needs int8 weights', () => {
    expectCode(
      () => QuantizedLinear.from({ weight }, { weights: 'int4', activations: params }),
      'ERR_UNSUPPORTED',
      /static activations need int8 weights/,
    );
    const layer = QuantizedLinear.from({ weight }, { weights: 'int4' });
    expectCode(() => layer.forward(new Tensor('int8', new Int8Array(K), [1, K])), 'ERR_DTYPE', /float32/);
    expectCode(() => layer.forward(new Tensor('float32', new Float32Array(60), [1, 60])), 'ERR_SHAPE', /64/);
  });

  it('is gone when it is disposed of, and its jobs end at an abort', async () => {
    const layer = QuantizedLinear.from({ weight }, { weights: 'int4' });
    const controller = new AbortController();
    const late = layer.forwardAsync(x, { signal: controller.signal });
    controller.abort();
    await expect(late).rejects.toThrow(/aborted/);
    const running = layer.forwardAsync(x);
    layer.dispose();
    await expect(running).resolves.toBeDefined();
    expectCode(() => layer.forward(x), 'ERR_DISPOSED');
    await expectRejection(layer.forwardAsync(x), 'ERR_DISPOSED');
    expectCode(() => layer.byteLength, 'ERR_DISPOSED');
  });
});

describe('weights that have no meaning', () => {
  const weights = roundToNearest(
    { data: weight.data, rows: N, columns: K },
    { type: 'uint4', block: 32, symmetric: false },
  );
  const refused = (part: object, code: 'ERR_DTYPE' | 'ERR_RANGE' | 'ERR_SHAPE' | 'ERR_UNSUPPORTED', message: RegExp) =>
    expectCode(() => QuantizedLinear.from({ weight: { ...weights, ...part } as never }), code, message);

  it('are refused by what is wrong with them', () => {
    refused({ type: 'int2' }, 'ERR_RANGE', /weight.type must be one of int4/);
    refused({ rows: N + 1 }, 'ERR_SHAPE', /weight.values must hold 1344 values/);
    refused({ scale: weights.scale.subarray(1) }, 'ERR_SHAPE', /weight.scale must hold 40 values/);
    refused({ zeroPoint: Int32Array.of(1) }, 'ERR_SHAPE', /weight.zeroPoint must hold 40/);
    refused({ zeroPoint: weights.zeroPoint.map(() => 256 + 3) }, 'ERR_RANGE', /zeroPoint\[0\] must be from 0 to 15/);
    refused({ scale: weights.scale.map(() => Number.NaN) }, 'ERR_RANGE', /scale\[0\] must be finite/);
    refused({ values: [...weights.values] }, 'ERR_DTYPE', /weight.values must be/);
    refused({ scale: [1] }, 'ERR_DTYPE', /weight.scale must be/);
    refused({ zeroPoint: null }, 'ERR_DTYPE', /weight.zeroPoint must be/);
    refused({ columns: 0.5 }, 'ERR_RANGE', /weight.columns must be/);
    refused({ block: 0 }, 'ERR_RANGE', /weight.block must be/);
    refused({ offset: new Float32Array(40) }, 'ERR_UNSUPPORTED', /hqq/);
  });

  it('are refused in groups that no kernel has', () => {
    for (const format of ['int4', 'uint4', 'int8'] as const)
      expectCode(
        () => QuantizedLinear.from({ weight }, { weights: { format, group: 20 } }),
        'ERR_RANGE',
        /group must be a multiple of 8, or at least k, got 20/,
      );
  });

  it('are refused with a format beside them, or a format without sense', () => {
    const made = quantizeWeight(weight, { format: 'int4' });
    expectCode(() => QuantizedLinear.from({ weight: made }, { weights: 'int4' }), 'ERR_RANGE', /quantized already/);
    expectCode(
      () => QuantizedLinear.from({ weight: { ...made, inputScale: [1] } } as never),
      'ERR_DTYPE',
      /inputScale/,
    );
    const short = { ...made, inputScale: new Float32Array(3) };
    expectCode(() => QuantizedLinear.from({ weight: short }), 'ERR_SHAPE', /inputScale must hold 64 values, got 3/);
    const zeros = { ...made, inputScale: new Float32Array(K) };
    expectCode(
      () => QuantizedLinear.from({ weight: zeros }),
      'ERR_RANGE',
      /input scale\[0\] must be finite and greater/,
    );
    expectCode(() => QuantizedLinear.from({ weight: { weights: null } } as never), 'ERR_DTYPE', /quantized weights/);
    expectCode(() => QuantizedLinear.from({ weight: {} } as never), 'ERR_RANGE', /weight.type/);
    expectCode(
      () => QuantizedLinear.from({ weight }, { weights: 'int3' as never }),
      'ERR_RANGE',
      /format must be one of/,
    );
    for (const wrong of [7, null, {}, { format: 7 }, []])
      expectCode(() => QuantizedLinear.from({ weight }, { weights: wrong as never }), 'ERR_DTYPE', /weights must be/);
  });
});
