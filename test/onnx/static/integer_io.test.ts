// Integer inputs and outputs, and where integers start behind them.
import { describe, expect, it } from 'vitest';
import { floatNodesOf, isFullInteger, type Model } from '../../../lib/onnx';
import { optimizedOps } from '../optimized_graph';
import { info } from '../small_models';
import { feedsFor, graphOf, op, quantized, relativeError, runOrt, weights } from './calibrated';
import { classifier, residualPool } from './form_models';

const typesOf = ({ graph }: Model) =>
  [...graph.inputs, ...graph.outputs].map(({ type }) => type?.kind === 'tensor' && type.elementType);

describe('integer inputs and outputs', () => {
  it.each(['uint8', 'int8'] as const)('leave no operator on real numbers: %s', async (io) => {
    const float = classifier();
    const { model, decisions } = await quantized(float, { io });
    expect(typesOf(model)).toEqual([io, io]);
    expect(floatNodesOf(model).map(({ label }) => label)).toEqual([]);
    expect(isFullInteger(model)).toBe(true);
    const ops = await optimizedOps(model);
    expect([ops.QGemm, ops.QLinearSoftmax, ops.QuantizeLinear, ops.DequantizeLinear]).toEqual([
      2,
      1,
      undefined,
      undefined,
    ]);
    const [input, output] = ['x', 'y'].map((name) => decisions.flatMap(({ tensors }) => tensors[name] ?? [])[0]!);
    const feeds = feedsFor(float, 9);
    const offset = io === 'int8' ? 128 : 0;
    const values = Array.from(
      feeds.x!.data as Float32Array,
      (value) => Math.min(255, Math.max(0, Math.round(value / input!.scale[0]!) + input!.zeroPoint[0]!)) - offset,
    );
    const data = io === 'int8' ? Int8Array.from(values) : Uint8Array.from(values);
    const y = (await runOrt(model, { x: { type: io, dims: feeds.x!.dims, data } })).y!;
    const real = Float32Array.from(
      y.data as Int8Array,
      (q) => output!.scale[0]! * (q + offset - output!.zeroPoint[0]!),
    );
    const exact = (await runOrt(float, feeds)).y!;
    expect(relativeError({ type: 'float32', dims: y.dims, data: real }, exact)).toBeLessThan(0.05);
  });

  it('go through what copies them', async () => {
    const float = graphOf({
      inputs: [info('x', [2, 6])],
      outputs: [info('y', [6, 2]), info('z', [2, 3])],
      nodes: [op('Transpose', ['x'], 'y'), op('Gemm', ['x', 'w'], 'z')],
      initializers: new Map([['w', weights([6, 3], 1, 0.4)]]),
    });
    const { model } = await quantized(float, { io: 'uint8' });
    expect(isFullInteger(model)).toBe(true);
    const data = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
    const { y } = await runOrt(model, { x: { type: 'uint8', dims: [2, 6], data } });
    expect([...(y!.data as Uint8Array)]).toEqual([0, 120, 20, 140, 40, 160, 60, 180, 80, 200, 100, 220]);
  });

  it('come through a Relu that has nothing to cut', async () => {
    const float = graphOf({
      inputs: [info('x', [1, 4, 4, 4])],
      outputs: [info('s', [1, 4, 4, 4]), info('y', [1, 4, 4, 4])],
      nodes: [op('Conv', ['x', 'w'], 'c'), op('Mul', ['c', 'c'], 's'), op('Relu', ['s'], 'y')],
      initializers: new Map([['w', weights([4, 4, 1, 1], 5, 0.5)]]),
    });
    const { model } = await quantized(float, { io: 'uint8' });
    const data = Uint8Array.from({ length: 64 }, (_, i) => 4 * i);
    const { s, y } = await runOrt(model, { x: { type: 'uint8', dims: [1, 4, 4, 4], data } });
    expect(y!.data).toEqual(s!.data);
  });

  it('are not full integer where an operator has no integer kernel, or the outside is float', async () => {
    const { model } = await quantized(classifier());
    expect(isFullInteger(model)).toBe(false);
    const excluded = await quantized(classifier(), { io: 'uint8', exclude: ['op:Softmax'] });
    expect(floatNodesOf(excluded.model).map(({ opType }) => opType)).toContain('Softmax');
    expect(isFullInteger(excluded.model)).toBe(false);
  });
});

it('a float input that nothing reads keeps a model from being full integer', () => {
  const pool = graphOf({
    inputs: [info('q', [1, 1, 4, 4], 'uint8'), info('x', [1])],
    outputs: [info('y', [1, 1, 2, 2], 'uint8')],
    nodes: [op('MaxPool', ['q'], 'y', residualPool)],
  });
  expect(floatNodesOf(pool)).toEqual([]);
  expect(isFullInteger(pool)).toBe(false);
  pool.graph.inputs.pop();
  expect(isFullInteger(pool)).toBe(true);
});

it('integers start before what only moves them, also where the float tensor is read beside', async () => {
  const float = graphOf({
    inputs: [info('x', [2, 6])],
    outputs: [info('y', [6, 3]), info('z', [2, 6])],
    nodes: [op('Tanh', ['x'], 'h'), op('Transpose', ['h'], 't'), op('MatMul', ['t', 'w'], 'y'), op('Elu', ['h'], 'z')],
    initializers: new Map([['w', weights([2, 3], 1, 0.4)]]),
  });
  const { nodes } = (await quantized(float)).model.graph;
  expect(nodes.filter((node) => node.is('QuantizeLinear')).map(({ inputs }) => inputs[0])).toEqual(['h']);
  expect(nodes.find((node) => node.is('Transpose'))!.inputs).toEqual(['h_quantized']);
  expect(nodes.find((node) => node.is('Elu'))!.inputs).toEqual(['h']);
});
