// Weights, biases, tables and ranges of quantized models.
import { describe, expect, it } from 'vitest';
import { Sketch } from '../../../lib';
import { type Model, ModelTensor, modelBytes, quantizeStatic } from '../../../lib/onnx';
import { info } from '../small_models';
import { graphOf, op, quantized, randomFloats, relativeError, runOrt, weights } from './calibrated';

const dense = (w: ModelTensor, b: ModelTensor): Model =>
  graphOf({
    inputs: [info('x', ['n', w.dims[0]!])],
    outputs: [info('y', ['n', w.dims[1]!])],
    nodes: [op('Gemm', ['x', 'w', 'b'], 'y')],
    initializers: new Map([
      ['w', w],
      ['b', b],
    ]),
  });

const floats = (dims: readonly number[], values: readonly number[]) =>
  ModelTensor.of('float32', dims, Float32Array.from(values));
const constant = (model: Model, name: string) =>
  Array.from(model.graph.initializers.get(name)!.array() as Int8Array, Number);

describe('weights', () => {
  it('have one scale for each output, symmetric, and are stored as integers', async () => {
    const { model, decisions } = await quantized(dense(floats([2, 3], [1, -4, 0, 0.5, 2, 0]), floats([3], [0, 0, 0])));
    expect(constant(model, 'w_quantized')).toEqual([127, -127, 0, 64, 64, 0]);
    const { scale, zeroPoint, axis } = decisions[0]!.tensors.w!;
    expect([axis, [...scale], [...zeroPoint]]).toEqual([1, [1, 4, 4].map((one) => Math.fround(one / 127)), [0, 0, 0]]);
    expect(model.graph.initializers.has('w')).toBe(false);
  });

  it('take per tensor, uint8 with zero points, and half the range', async () => {
    const float = dense(floats([2, 2], [1, -1, 3, 1]), floats([2], [0, 0]));
    const asymmetric = (await quantized(float, { weights: { type: 'uint8', perChannel: false } })).decisions[0]!.tensors
      .w!;
    expect([asymmetric.type, asymmetric.scale.length, asymmetric.zeroPoint[0]]).toEqual(['uint8', 1, 64]);
    const { model } = await quantized(float, { weights: { reduceRange: true } });
    expect(constant(model, 'w_quantized')).toEqual([21, -64, 64, 64]);
  });

  it('that two layers share are stored once, and twice where their scales differ', async () => {
    const shared = (b: ModelTensor): Model =>
      graphOf({
        inputs: [info('x', ['n', 3])],
        outputs: [info('y', ['n', 3])],
        nodes: [op('Gemm', ['x', 'w'], 'h'), op('Gemm', ['h', 'w', 'b'], 'y')],
        initializers: new Map([
          ['w', weights([3, 3], 1)],
          ['b', b],
        ]),
      });
    const stored = async (b: ModelTensor) =>
      [...(await quantized(shared(b))).model.graph.initializers].filter(
        ([, { type, size }]) => type === 'int8' && size === 9,
      );
    expect(await stored(floats([3], [0, 1, 2]))).toHaveLength(1);
    expect((await stored(floats([3], [0, 1, 1e9]))).map(([name]) => name)).toEqual(['w_quantized', 'w_quantized_2']);
  });

  it('are rounded by the caller where it wants to', async () => {
    const names: string[] = [];
    const { model } = await quantized(dense(weights([2, 2], 1), weights([2], 2)), {
      roundWeights: ({ name, weights: { length } }) => {
        names.push(name);
        return new Int8Array(length).fill(7);
      },
    });
    expect(constant(model, 'w_quantized')).toEqual([7, 7, 7, 7]);
    expect(names).toEqual(['w']);
  });
});

describe('biases', () => {
  it('are int32 in steps of both scales', async () => {
    const { model, decisions } = await quantized(dense(weights([4, 2], 1), floats([2], [0.25, -3])));
    const { x, w, b } = decisions[0]!.tensors;
    const steps = Array.from(w!.scale, (scale) => Math.fround(scale * x!.scale[0]!));
    expect([...b!.scale]).toEqual(steps);
    expect(constant(model, 'b_quantized')).toEqual([Math.round(0.25 / steps[0]!), Math.round(-3 / steps[1]!)]);
  });

  it('raise the scale of weights that are too small for them', async () => {
    const float = dense(floats([2, 2], [1e-9, 1, -1e-9, 1]), floats([2], [5, 5]));
    const { model } = await quantized(float);
    const [large] = constant(model, 'b_quantized');
    expect(large).toBeGreaterThan(2 ** 31 * 0.999);
    expect(large).toBeLessThanOrEqual(2 ** 31 - 1);
    const feeds = { x: { type: 'float32', dims: [1, 2], data: Float32Array.of(0.5, -0.5) } } as const;
    expect(relativeError((await runOrt(model, feeds)).y!, (await runOrt(float, feeds)).y!)).toBeLessThan(0.01);
  });

  it('keep their precision where all weights of an output are 0', async () => {
    const float = dense(floats([2, 2], [0, 0.5, 0, 1]), floats([2], [0.01, 1]));
    const feeds = { x: { type: 'float32', dims: [1, 2], data: Float32Array.of(0.5, -0.5) } } as const;
    const [zero] = (await runOrt((await quantized(float)).model, feeds)).y!.data as Float32Array;
    expect(zero).toBeCloseTo(0.01, 4);
  });
});

describe('tables', () => {
  it('have a scale for each row, and a transposed copy is stored once', async () => {
    const table = randomFloats(128 * 64, 3).map((value, i) => value * 2 ** (Math.floor(i / 64) % 12));
    const flipped = table.map((_, i) => table[(i % 128) * 64 + Math.floor(i / 128)]!);
    const float = graphOf({
      inputs: [info('ids', ['n', 5], 'int64')],
      outputs: [info('y', ['n', 5, 128])],
      nodes: [op('Gather', ['table', 'ids'], 'rows'), op('MatMul', ['rows', 'head'], 'y')],
      initializers: new Map([
        ['table', ModelTensor.of('float32', [128, 64], table)],
        ['head', ModelTensor.of('float32', [64, 128], flipped)],
      ]),
    });
    const rows = new Sketch().observe({ type: 'float32', dims: [table.length], data: table });
    const { model } = quantizeStatic(float, new Map([['rows', rows]]), { target: 'ort-x64', method: 'minmax' });
    const large = [...model.graph.initializers].filter(([, { byteLength }]) => byteLength > 4096);
    expect(large.map(([name, { type }]) => [name, type])).toEqual([['table_quantized', 'int8']]);
    const feeds = { ids: { type: 'int64', dims: [1, 5], data: BigInt64Array.of(0n, 1n, 5n, 11n, 127n) } } as const;
    const read = (m: Model) => runOrt(withOutput(m, 'rows'), feeds);
    expect(relativeError((await read(model)).rows!, (await read(float)).rows!)).toBeLessThan(0.006);
    expect(relativeError((await read(model)).y!, (await read(float)).y!)).toBeLessThan(0.02);
  });
});

function withOutput(model: Model, name: string): Model {
  const copy = model.clone();
  copy.graph.outputs.push(info(name, [null, null, null]));
  return copy;
}

describe('ranges', () => {
  const float = dense(weights([4, 2], 1), weights([2], 2));

  it('take the place of sketches', () => {
    const { decisions } = quantizeStatic(float, new Map(), {
      target: 'ort-x64',
      ranges: new Map([['x', { min: -1, max: 3 }]]),
    });
    const { scale, zeroPoint, range } = decisions[0]!.tensors.x!;
    expect([scale[0], zeroPoint[0], range]).toEqual([Math.fround(4 / 255), 64, { min: -1, max: 3, method: 'given' }]);
  });

  it('are missed by name', () => {
    const call = () => quantizeStatic(float, new Map(), { target: 'ort-x64' });
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_NO_CALIBRATION_DATA', tensor: 'x', node: "Gemm 'y'" }));
  });

  it('that Softmax writes are pinned', async () => {
    const model = graphOf({
      inputs: [info('x', ['n', 4])],
      outputs: [info('y', ['n', 2])],
      nodes: [op('Softmax', ['x'], 'p'), op('Gemm', ['p', 'w'], 'y')],
      initializers: new Map([['w', weights([4, 2], 1)]]),
    });
    const { range, scale } = (await quantized(model)).decisions.find(({ node }) => node === 'y')!.tensors.p!;
    expect([range, scale[0]]).toEqual([{ min: 0, max: 1, method: 'pinned' }, Math.fround(1 / 255)]);
  });
});

it('gives equal bytes for equal input', async () => {
  const bytes = async () => modelBytes((await quantized(dense(weights([8, 8], 1), weights([8], 2)))).model);
  expect(await bytes()).toEqual(await bytes());
});
