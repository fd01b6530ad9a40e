// Conversion to float16: where casts stand, what stays float32, and what comes out.
import { expect, it } from 'vitest';
import { toFloat16 } from '../../../lib/onnx/float16';
import { attribute, type Model } from '../../../lib/onnx/model';
import { validateModel } from '../../../lib/onnx/validate';
import { quantizeWeights } from '../../../lib/onnx/weight_only';
import { floats, microModel, node, opTypes, random, relativeError, runModel, value, wavesFor } from '../micro_graph';
import { MISSING, openRealModel, REAL_MODELS } from '../real_models';

/** 11 bits, where terms of a sum cancel each other. */
const TOLERANCE = 0.01;

const mlp = (extra: Record<string, ReturnType<typeof random>> = {}) =>
  microModel({
    nodes: [node('MatMul x,w -> a'), node('Add a,b -> s'), node('Relu s -> r'), node('MatMul r,v -> y')],
    inputs: [value('x', ['n', 12])],
    constants: { w: random([12, 20]), b: random([20], 2), v: random([20, 7], 3), ...extra },
  });

async function errorOf(model: Model, converted: Model, dims: Record<string, readonly number[]>) {
  validateModel(converted);
  const feeds = wavesFor(dims);
  const [expected, actual] = [await runModel(model, feeds), await runModel(converted, feeds)];
  return relativeError(expected.y!, actual.y!);
}

it('converts everything between the inputs and the outputs', async () => {
  const { model, decisions, warnings } = toFloat16(mlp());
  expect(opTypes(model)).toEqual(['Cast', 'MatMul', 'Add', 'Relu', 'MatMul', 'Cast']);
  expect([...model.graph.initializers.values()].map(({ type }) => type)).toEqual(['float16', 'float16', 'float16']);
  expect(decisions.map(({ form }) => form)).toEqual(Array(4).fill('float16'));
  expect(warnings).toEqual([]);
  expect(await errorOf(mlp(), model, { x: [5, 12] })).toBeLessThan(TOLERANCE);
});

it('has float16 inputs and outputs on request', () => {
  const { model } = toFloat16(mlp(), { keepIo: false });
  expect(opTypes(model)).toEqual(['MatMul', 'Add', 'Relu', 'MatMul']);
  for (const { type } of [...model.graph.inputs, ...model.graph.outputs])
    expect(type).toMatchObject({ elementType: 'float16' });
  validateModel(model);
});

it('casts around nodes that are excluded, and keeps what they read in float32', async () => {
  const { model, decisions } = toFloat16(mlp(), { exclude: ['r', 's'] });
  expect(opTypes(model)).toEqual(['Cast', 'MatMul', 'Cast', 'Add', 'Relu', 'Cast', 'MatMul', 'Cast']);
  expect(model.graph.initializers.get('b')?.type).toBe('float32');
  expect(decisions.filter(({ form }) => form === 'float32').map(({ node }) => node)).toEqual(['s', 'r']);
  expect(await errorOf(mlp(), model, { x: [5, 12] })).toBeLessThan(TOLERANCE);
});

it('a graph output that others read keeps its name and type', async () => {
  const model = microModel({
    nodes: [node('Relu x -> r'), node('Neg r -> y')],
    inputs: [value('x', [4])],
    outputs: ['r', 'y'],
  });
  const { model: converted } = toFloat16(model);
  expect(converted.graph.outputs.map(({ name }) => name)).toEqual(['r', 'y']);
  const results = await runModel(converted, wavesFor({ x: [4] }));
  expect(results.r?.type).toBe('float32');
  expect(await errorOf(model, converted, { x: [4] })).toBeLessThan(TOLERANCE);
});

it('casts what several nodes read once', () => {
  const model = microModel({
    nodes: [node('Relu x -> r'), node('Neg x -> n'), node('Add r,n -> y')],
    inputs: [value('x', [4])],
  });
  expect(opTypes(toFloat16(model).model)).toEqual(['Cast', 'Relu', 'Neg', 'Add', 'Cast']);
});

it('leaves scales of Resize, quantization, and unknown operators in float32', async () => {
  const model = microModel({
    nodes: [
      node('Resize x,,scales -> r', { mode: 'nearest' }),
      node('QuantizeLinear r,s -> q'),
      node('DequantizeLinear q,s -> y'),
    ],
    inputs: [value('x', [1, 1, 3, 3])],
    constants: { scales: floats([4], [1, 1, 2, 2]), s: floats([], [0.01]) },
  });
  const { model: converted, decisions } = toFloat16(model);
  expect(converted.graph.initializers.get('scales')?.type).toBe('float32');
  expect(decisions.map(({ opType, form }) => `${opType} ${form}`)).toEqual([
    'Resize float16',
    'QuantizeLinear float32',
    'DequantizeLinear float32',
  ]);
  expect(await errorOf(model, converted, { x: [1, 1, 3, 3] })).toBeLessThan(0.02);
});

it('casts what the graphs within a node read from outside', async () => {
  const branch = (name: string, text: string) =>
    attribute.graph(microModel({ nodes: [node(text)], inputs: [], outputs: [name] }).graph);
  const model = microModel({
    nodes: [
      node('Relu x -> r'),
      node('If c -> z', { then_branch: branch('t', 'Neg r -> t'), else_branch: branch('e', 'Abs r -> e') }),
      node('Add z,r -> y'),
    ],
    inputs: [value('x', [4]), value('c', [], 'bool')],
  });
  const { model: converted } = toFloat16(model);
  validateModel(converted);
  for (const [c, sign] of [
    [1, 0],
    [0, 2],
  ] as const) {
    const feeds = { x: wavesFor({ x: [4] }).x!, c: { type: 'bool', dims: [], data: Uint8Array.of(c) } } as const;
    const { y } = await runModel(converted, feeds);
    const relu = Array.from(feeds.x.data as Float32Array, (wave) => sign * Math.max(wave, 0));
    (y!.data as Float32Array).forEach((actual, i) => {
      expect(actual).toBeCloseTo(relu[i]!, 2);
    });
  }
});

it('clamps masks, keeps larger numbers and vanishing ones in float32, and names them', () => {
  const model = microModel({
    nodes: [node('Add x,mask -> a'), node('Mul a,large -> b'), node('Add b,eps -> c'), node('Mul c,tiny -> y')],
    inputs: [value('x', [4])],
    constants: {
      mask: floats([4], [0, -1e9, 0, -1e9]),
      large: floats([], [1e6]),
      eps: floats([], [1e-12]),
      tiny: floats([2, 2], [1, 1e-6, 1e-6, 1e-12]),
    },
  });
  const { decisions, warnings } = toFloat16(model);
  expect(decisions.map(({ node, form }) => `${node} ${form}`)).toEqual([
    'a float16',
    'b float32',
    'c float32',
    'y float16',
  ]);
  expect(decisions[1]?.reason).toContain('65504');
  expect(decisions[2]?.reason).toContain('too small');
  expect(warnings).toEqual([
    { tensor: 'mask', message: "of 4 values of 'mask' 2 beyond ±65504 became that" },
    { tensor: 'tiny', message: "of 4 values of 'tiny' 1 too small became 0, 2 are subnormal and lose bits" },
  ]);
});

it('computes in float32 what was seen to leave the range', () => {
  const ranges = new Map([['s', { min: -1e5, max: 10 }]]);
  const { decisions } = toFloat16(mlp(), { ranges });
  expect(decisions.map(({ form }) => form)).toEqual(['float16', 'float32', 'float32', 'float16']);
});

it('stores only constants in float16 on request', async () => {
  const model = microModel({
    nodes: [node('MatMul x,w -> a'), node('MatMul a,w -> y')],
    inputs: [value('x', [3, 32])],
    constants: { w: random([32, 32]) },
  });
  const { model: converted } = toFloat16(model, { weightsOnly: true });
  expect(opTypes(converted)).toEqual(['Cast', 'MatMul', 'MatMul']);
  expect(await errorOf(model, converted, { x: [3, 32] })).toBeLessThan(TOLERANCE);
});

it('goes with 4-bit weights', async () => {
  const model = microModel({
    nodes: [node('Gather t,ids -> e'), node('MatMul e,w -> y')],
    inputs: [value('ids', ['n'], 'int64')],
    constants: { t: random([50, 32]), w: random([32, 9]) },
  });
  const { model: quantized } = quantizeWeights(model, { type: 'int4', format: 'matmulnbits' });
  const { model: converted } = toFloat16(quantized);
  const feeds = { ids: { type: 'int64', dims: [3], data: BigInt64Array.of(1n, 0n, 49n) } } as const;
  const [expected, actual] = [await runModel(quantized, feeds), await runModel(converted, feeds)];
  expect(relativeError(expected.y!, actual.y!)).toBeLessThan(TOLERANCE);
  expect(opTypes(converted)).toEqual(['Reshape', 'GatherBlockQuantized', 'MatMulNBits', 'Cast']);
});

it.for(REAL_MODELS)('keeps what $name computes', async (task, { skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model, feeds } = await openRealModel(task);
  const { model: converted } = toFloat16(model);
  validateModel(converted);
  const [expected, actual] = [await runModel(model, feeds), await runModel(converted, feeds)];
  for (const { name } of model.graph.outputs) expect(relativeError(expected[name]!, actual[name]!)).toBeLessThan(0.02);
});
