import { describe, expect, it } from 'vitest';
import { Linear, type QParams, QuantizedLinear, QuantizedTensor, Tensor } from '../../lib';
import { expectCode, expectRejection } from '../reference/expectations';

const weight = Tensor.from(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
const good: QParams = { type: 'int8', scale: Float32Array.of(1), zeroPoint: Int32Array.of(0), granularity: 'tensor' };
const perChannel: QParams = {
  ...good,
  scale: new Float32Array(2).fill(1),
  zeroPoint: new Int32Array(2),
  granularity: { axis: 0 },
};
const int8 = { type: 'int8', symmetric: true, granularity: 'tensor' } as const;

describe('QuantizedLinear.from refuses', () => {
  it.each([
    ['nothing', undefined, 'ERR_DTYPE', /Linear or/],
    ['a layer without weights', {}, 'ERR_DTYPE', /weight/],
    ['integer weights', { weight: Tensor.zeros('int8', [2, 3]) }, 'ERR_DTYPE', /float32/],
    ['a vector of weights', { weight: Tensor.zeros('float32', [6]) }, 'ERR_SHAPE', /\[out, in\]/],
    [
      'NaN in the weights',
      { weight: Tensor.from(Float32Array.of(1, Number.NaN), [1, 2]) },
      'ERR_RANGE',
      /tensor to quantize .*1 NaN/,
    ],
    ['infinite weights', { weight: Tensor.from(Float32Array.of(1, -Infinity), [1, 2]) }, 'ERR_RANGE', /1 infinite/],
    ['NaN in the bias', { weight, bias: Float32Array.of(1, Number.NaN) }, 'ERR_RANGE', /bias\[1\]/],
    ['an infinite bias', { weight, bias: Float32Array.of(Infinity, 1) }, 'ERR_RANGE', /bias\[0\]/],
    ['a bias of another length', { weight, bias: new Float32Array(3) }, 'ERR_SHAPE', /bias must have length 2/],
    ['a bias of another type', { weight, bias: new Int32Array(2) }, 'ERR_DTYPE', /bias/],
  ] as const)('%s', (_, layer, code, message) => {
    expectCode(() => QuantizedLinear.from(layer as never), code, message);
  });

  it.each([
    ['options that are no object', 'dynamic', 'ERR_DTYPE', /options/],
    ['uint8 weights', { weights: { ...int8, type: 'uint8' } }, 'ERR_UNSUPPORTED', /int8/],
    ['weights per input', { weights: { ...int8, granularity: { axis: 1 } } }, 'ERR_UNSUPPORTED', /axis 0/],
    ['weights along no axis', { weights: { ...int8, granularity: { axis: 2 } } }, 'ERR_RANGE', /axis/],
    ['weights in blocks', { weights: { ...int8, granularity: { axis: 0, block: 32 } } }, 'ERR_UNSUPPORTED', /block/],
    ['a scheme that is none', { weights: 7 }, 'ERR_DTYPE', /scheme/],
    ['a format that is none', { weights: 'int9' }, 'ERR_RANGE', /format must be one of int4/],
    ['unknown activations', { activations: 'static' }, 'ERR_DTYPE', /dynamic/],
    ['activations per channel', { activations: perChannel }, 'ERR_UNSUPPORTED', /per tensor/],
    ['a scale of 0', { activations: { ...good, scale: Float32Array.of(0) } }, 'ERR_RANGE', /activations.scale/],
    ['an infinite scale', { output: { ...good, scale: Float32Array.of(Infinity) } }, 'ERR_RANGE', /output.scale/],
    [
      'a zero point outside of int8',
      { activations: { ...good, zeroPoint: Int32Array.of(128) } },
      'ERR_RANGE',
      /zeroPoint/,
    ],
    [
      'a zero point outside of uint8',
      { output: { ...good, type: 'uint8', zeroPoint: Int32Array.of(-1) } },
      'ERR_RANGE',
      /zeroPoint/,
    ],
    ['an unknown output', { output: 'bfloat16' }, 'ERR_DTYPE', /float16/],
    ['an output per channel', { output: perChannel }, 'ERR_UNSUPPORTED', /per tensor/],
    ['an unknown activation', { activation: 'tanh' }, 'ERR_RANGE', /none, relu/],
    ['a clip that is no pair', { activation: { clip: [1] } }, 'ERR_RANGE', /low <= high/],
    ['a clip upside down', { activation: { clip: [1, 0] } }, 'ERR_RANGE', /low <= high/],
    ['a clip with NaN', { activation: { clip: [Number.NaN, 0] } }, 'ERR_RANGE', /low <= high/],
    ['a clip of strings', { activation: { clip: ['0', '1'] } }, 'ERR_RANGE', /low <= high/],
  ] as const)('%s', (_, options, code, message) => {
    expectCode(() => QuantizedLinear.from({ weight }, options as never), code, message);
  });

  it('what only looks like its own layers', () => {
    const Class = QuantizedLinear as unknown as new (parts?: unknown) => QuantizedLinear;
    expectCode(() => new Class(), 'ERR_DTYPE');
    expectCode(() => new Class({ handle: {} }), 'ERR_DTYPE', /handle/);
    expectCode(() => new Class({ handle: new Linear(weight) }), 'ERR_DTYPE', /handle/);
  });
});

describe('forward refuses', () => {
  const dynamic = QuantizedLinear.from({ weight });
  const fixed = QuantizedLinear.from({ weight }, { activations: good });

  it.each([
    ['another width', dynamic, Tensor.zeros('float32', [2, 2]), 'ERR_SHAPE', /\[..., 3\]/],
    ['a scalar', dynamic, Tensor.zeros('float32', []), 'ERR_SHAPE', /at least one dimension/],
    ['bytes for a dynamic layer', dynamic, Tensor.zeros('int8', [1, 3]), 'ERR_DTYPE', /float32/],
    ['bytes of another type than its parameters', fixed, Tensor.zeros('uint8', [1, 3]), 'ERR_DTYPE', /float32 or int8/],
    ['short data', dynamic, { type: 'float32', dims: [1, 3], data: new Float32Array(2) }, 'ERR_SHAPE', /length 3/],
    ['nothing', dynamic, undefined, 'ERR_DTYPE', /tensor/],
  ] as const)('%s', async (_, layer, x, code, message) => {
    expectCode(() => layer.forward(x as never), code, message);
    await expectRejection(layer.forwardAsync(x as never), code, message);
  });

  it('options that are no object', async () => {
    const x = Tensor.zeros('float32', [1, 3]);
    for (const options of [null, 3, 'out']) {
      expectCode(() => dynamic.forward(x, options as never), 'ERR_DTYPE', /options/);
      await expectRejection(dynamic.forwardAsync(x, options as never), 'ERR_DTYPE', /options/);
    }
  });
});

describe('what a layer keeps', () => {
  it('does not follow later changes of what it was made from', () => {
    const source = { weight: Tensor.from(weight.data.slice(), [2, 3]), bias: Float32Array.of(1, 2) };
    const layer = QuantizedLinear.from(source);
    const x = Tensor.from(Float32Array.of(1, 2, 3), [1, 3]);
    const before = layer.forward(x);
    source.weight.data.fill(0);
    source.bias.fill(0);
    structuredClone(source.bias.buffer, { transfer: [source.bias.buffer] });
    expect(layer.forward(x)).toEqual(before);
    expect([...layer.bias!]).toEqual([1, 2]);
  });

  it('takes what its own 8-bit output gives as the next layer’s input', () => {
    const first = QuantizedLinear.from({ weight }, { output: good, activation: 'relu' });
    const next = QuantizedLinear.from({ weight: Tensor.from(Float32Array.of(1, 1), [1, 2]) }, { activations: good });
    const y = first.forward(Tensor.from(Float32Array.of(1, 1, 1), [1, 3]));
    expect(y).toBeInstanceOf(QuantizedTensor);
    expect(next.forward(y).data[0]).toBeCloseTo(21, 4);
  });
});
