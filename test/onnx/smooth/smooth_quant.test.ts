// SmoothQuant on graphs: the float model stays the same, and outliers cost the quantized one less.
import { expect, it } from 'vitest';
import { quantizeDynamic } from '../../../lib/onnx/dynamic';
import type { Feeds, Model, Node } from '../../../lib/onnx/model';
import { ChannelMaxima, smoothQuant, tensorsToSmooth } from '../../../lib/onnx/smooth';
import { validateModel } from '../../../lib/onnx/validate';
import {
  floats,
  microModel,
  node,
  opTypes,
  random,
  relativeError,
  runModel,
  value,
  waves,
  wavesFor,
} from '../micro_graph';

const K = 16;

/** Gains of which one is far above the others. */
const gains = (count: number, at: number, gain: number) =>
  floats(
    [count],
    waves(count, 5).map((wave, i) => (i === at ? gain : 0.5 + Math.abs(wave))),
  );

/** [K, n], or its transpose, with a row that makes the channel of outliers as important as the others. */
function against(at: number, gain: number, n: number, transposed = false): ReturnType<typeof random> {
  const rowOf = (i: number) => (transposed ? i % K : Math.floor(i / n));
  const values = waves(K * n, 6).map((wave, i) => (rowOf(i) === at ? wave / gain : wave));
  return floats(transposed ? [n, K] : [K, n], values);
}

async function maximaOf(model: Model, feeds: Feeds): Promise<ReadonlyMap<string, Float32Array>> {
  const names = tensorsToSmooth(model);
  const watched = model.clone();
  watched.graph.outputs.push(...names.map((name) => value(name)));
  const found = new ChannelMaxima();
  const results = await runModel(watched, feeds);
  for (const name of names) found.add(name, results[name] as never);
  return found.maxima;
}

const INPUT = [value('x', ['n', K])];
const GRAPHS: Record<
  string,
  { nodes: Node[]; constants: Record<string, ReturnType<typeof random>>; inserted: number }
> = {
  LayerNormalization: {
    nodes: [
      node('LayerNormalization x,g,b -> l'),
      node('MatMul l,w -> a'),
      node('MatMul l,v -> c'),
      node('Add a,c -> y'),
    ],
    constants: { g: gains(K, 3, 80), b: random([K], 7), w: against(3, 80, 20), v: against(3, 80, 20) },
    inserted: 0,
  },
  'a product behind a bias and Relu': {
    nodes: [node('Gemm x,u,c -> h', { transB: 1 }), node('Relu h -> r'), node('Gemm r,w -> y')],
    constants: { u: random([K, K], 3), c: gains(K, 2, 60), w: against(2, 60, 9) },
    inserted: 1,
  },
  'a gated product': {
    nodes: [
      node('MatMul x,u -> h'),
      node('Sigmoid x -> s'),
      node('Mul s,h -> m'),
      node('Mul m,g -> p'),
      node('Add p,b -> q'),
      node('Gemm q,w -> y', { transB: 1 }),
    ],
    constants: { u: random([K, K], 3), g: gains(K, 4, 90), b: random([K], 3), w: against(4, 90, 9, true) },
    inserted: 1,
  },
  'an input of the graph': {
    nodes: [node('Mul x,g -> m'), node('Neg m -> z'), node('MatMul z,w -> y')],
    constants: { g: gains(K, 4, 90), w: against(4, 90, 9) },
    inserted: 1,
  },
  'activations that others read': {
    nodes: [node('LayerNormalization x,g -> l'), node('MatMul l,w -> y'), node('Neg l -> z')],
    constants: { g: gains(K, 3, 80), w: against(3, 80, K) },
    inserted: 1,
  },
};

it.each(Object.entries(GRAPHS))('smooths %s', async (_, { nodes, constants, inserted }) => {
  const outputs = nodes.at(-1)!.outputs[0] === 'z' ? ['y', 'z'] : ['y'];
  const model = microModel({ nodes, constants, inputs: INPUT, outputs });
  const before = opTypes(model);
  const feeds = wavesFor({ x: [40, K] });
  const { model: smoothed, changes } = smoothQuant(model, await maximaOf(model, feeds));
  validateModel(smoothed);
  expect(changes.length).toBeGreaterThan(0);
  expect(opTypes(model)).toEqual(before);
  expect(smoothed.graph.nodes).toHaveLength(before.length + inserted);
  const { y } = await runModel(model, feeds);
  expect(relativeError(y!, (await runModel(smoothed, feeds)).y!)).toBeLessThan(1e-6);
  const errorOf = async (one: Model) => relativeError(y!, (await runModel(quantizeDynamic(one).model, feeds)).y!);
  expect(await errorOf(smoothed)).toBeLessThan(0.5 * (await errorOf(model)));
});

it('leaves excluded products and weights that others share', async () => {
  const model = microModel({
    nodes: [node('MatMul x,w -> a'), node('MatMul a,w -> y')],
    inputs: INPUT,
    constants: { w: random([K, K]) },
  });
  const feeds = wavesFor({ x: [6, K] });
  expect(tensorsToSmooth(model, { exclude: ['y'] })).toEqual(['x']);
  const { model: smoothed } = smoothQuant(model, await maximaOf(model, feeds), { exclude: ['y'], alpha: 0.3 });
  expect(smoothed.graph.nodes.at(-1)?.inputs[1]).toBe('w');
  const [expected, actual] = [await runModel(model, feeds), await runModel(smoothed, feeds)];
  expect(relativeError(expected.y!, actual.y!)).toBeLessThan(1e-6);
});

it('says which maxima do not fit', () => {
  const model = microModel({ nodes: [node('MatMul x,w -> y')], inputs: INPUT, constants: { w: random([K, K]) } });
  const call = (length: number) => () => smoothQuant(model, new Map([['x', new Float32Array(length).fill(1)]]));
  expect(call(K)).not.toThrow();
  expect(call(3)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE', tensor: 'x' }));
  const maxima = new ChannelMaxima();
  maxima.add('x', { type: 'float32', dims: [2, 2], data: Float32Array.of(1, -5, 3, 2) });
  maxima.add('x', { type: 'float32', dims: [1, 2], data: Float32Array.of(Number.NaN, 6) });
  expect([...maxima.maxima.get('x')!]).toEqual([3, 6]);
  const wrong = { type: 'float32', dims: [1, 3], data: new Float32Array(3) } as const;
  expect(() => maxima.add('x', wrong)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
  expect(() => maxima.add('x', { ...wrong, type: 'int32' })).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
});

it('leaves a product with the transpose of a table', () => {
  const table = random([20, K], 4);
  const model = microModel({
    nodes: [node('Gather table,ids -> e'), node('Transpose table -> t', { perm: [1, 0] }), node('MatMul e,t -> y')],
    inputs: [value('ids', ['n'], 'int64')],
    constants: { table },
  });
  expect(tensorsToSmooth(model)).toEqual([]);
});

it('keeps the constants of a product whose weights are the transpose of a table by value', () => {
  const rows = 80;
  const values = waves(rows * K, 4);
  const transposed = values.map((_, i) => values[(i % rows) * K + Math.floor(i / rows)]!);
  const model = microModel({
    nodes: [node('Gather table,ids -> e'), node('MatMul e,t -> y')],
    inputs: [value('ids', ['n'], 'int64')],
    constants: { table: floats([rows, K], values), t: floats([K, rows], transposed) },
  });
  const { model: smoothed, changes } = smoothQuant(model, new Map([['e', new Float32Array(K).fill(1)]]));
  expect(changes).toEqual([]);
  expect(opTypes(smoothed)).toEqual(['Gather', 'MatMul']);
  expect(smoothed.graph.initializers.get('t')?.dims).toEqual([K, rows]);
});
