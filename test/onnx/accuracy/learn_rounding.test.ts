import { describe, expect, it } from 'vitest';
import type { Model, ModelTensor, Node } from '../../../lib/onnx';
import { learnRounding } from '../../../lib/onnx/accuracy';
import { descend, nearest } from '../../../lib/onnx/accuracy/round_row';
import { scaleIndex } from '../../../lib/onnx/accuracy/weight_scales';
import type { LayerDecision } from '../../../lib/onnx/decisions';
import type { Feeds } from '../../../lib/onnx/model';
import { floats, type MicroGraph, microModel, node, noise, noisy, runModel, value } from '../micro_graph';

const LENGTH = 8;

/** A Gram matrix of correlated rows. */
function correlatedGram(length: number, seed: number): Float64Array {
  const shared = noise(64, seed);
  const own = noise(64 * length, seed + 1);
  const rows = Array.from({ length: 64 }, (_, r) =>
    Array.from({ length }, (_, i) => (shared[r] as number) + 0.2 * (own[r * length + i] as number)),
  );
  const gram = new Float64Array(length * length);
  for (const row of rows)
    for (let i = 0; i < length; i++)
      for (let k = 0; k < length; k++) gram[i * length + k] = gram[i * length + k]! + row[i]! * row[k]!;
  return gram;
}

function costOf(values: ArrayLike<number>, targets: Float64Array, gram: Float64Array): number {
  const errors = targets.map((target, i) => (values[i] as number) - target);
  let cost = 0;
  errors.forEach((a, i) => {
    errors.forEach((b, k) => {
      cost += a * b * gram[i * errors.length + k]!;
    });
  });
  return cost;
}

describe('the descent', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i + 1))('comes near the best of all roundings (%i)', (seed) => {
    const targets = Float64Array.from(noise(LENGTH, seed), (wave) => wave * 6);
    const gram = correlatedGram(LENGTH, seed);
    const problem = nearest({ targets, gram, scales: new Float64Array(LENGTH).fill(1), damping: 0, low: -8, high: 7 });
    const gradient = problem.errors.map((_, i) =>
      problem.errors.reduce((sum, error, k) => sum + error * gram[i * LENGTH + k]!, 0),
    );
    const values = descend(problem, gradient);
    let best = Number.POSITIVE_INFINITY;
    for (let mask = 0; mask < 2 ** LENGTH; mask++)
      best = Math.min(
        best,
        costOf(
          targets.map((target, i) => Math.floor(target) + ((mask >> i) & 1)),
          targets,
          gram,
        ),
      );
    const [found, plain] = [costOf(values, targets, gram), costOf(problem.values, targets, gram)];
    expect(found).toBeLessThanOrEqual(plain);
    expect(found).toBeGreaterThanOrEqual(best - 1e-9);
    expect(found - best).toBeLessThan(0.35 * (plain - best) + 0.02);
    values.forEach((one, i) => {
      expect(Math.abs(one - targets[i]!)).toBeLessThan(1);
    });
  });
});

describe('the scale of a weight', () => {
  const params = (count: number) => ({ scale: new Float32Array(count), zeroPoint: new Int32Array(count) });
  const all = (dims: readonly number[], how: Parameters<typeof scaleIndex>[1]) =>
    Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, (_, i) => scaleIndex(dims, how)(i));

  it.each([
    ['of the tensor', [2, 3], params(1), [0, 0, 0, 0, 0, 0]],
    ['of the tensor, whatever the axis', [2, 3], { ...params(1), axis: 0 }, [0, 0, 0, 0, 0, 0]],
    ['of the first axis', [2, 1, 3], { ...params(2), axis: 0 }, [0, 0, 0, 1, 1, 1]],
    ['of the last axis', [2, 3], { ...params(3), axis: -1 }, [0, 1, 2, 0, 1, 2]],
    ['of blocks down the columns', [3, 2], { ...params(4), axis: 0, block: 2 }, [0, 1, 0, 1, 2, 3]],
    ['of blocks along the rows', [2, 3], { ...params(4), axis: 1, block: 2 }, [0, 0, 1, 2, 2, 3]],
  ] as const)('is that %s', (_, dims, how, indices) => {
    expect(all(dims, how)).toEqual(indices);
  });
});

/** Inputs in which neighbouring values go together. */
const correlated = (dims: readonly number[], seed: number): Float32Array => {
  const [shared, own] = [noise(10_000, seed), noisy(dims, seed + 1).floats()];
  const inner = dims.at(-1) as number;
  return own.map((noise, i) => (shared[Math.floor(i / inner) % 10_000] as number) + 0.15 * noise);
};

interface Case extends MicroGraph {
  readonly dims: readonly number[];
  readonly axis: number;
}

const CASES: Readonly<Record<string, Case>> = {
  MatMul: {
    nodes: [node('MatMul x,w -> y')],
    inputs: [value('x', ['N', 4, 24])],
    constants: { w: noisy([24, 10]) },
    dims: [16, 4, 24],
    axis: 1,
  },
  'Gemm with transB': {
    nodes: [node('Gemm x,w -> y', { transB: 1 })],
    inputs: [value('x', ['N', 24])],
    constants: { w: noisy([10, 24]) },
    dims: [64, 24],
    axis: 0,
  },
  Conv: {
    nodes: [node('Conv x,w -> y', { pads: [1, 0, 0, 1], strides: [2, 1], dilations: [1, 2] })],
    inputs: [value('x', ['N', 3, 9, 9])],
    constants: { w: noisy([6, 3, 3, 2]) },
    dims: [6, 3, 9, 9],
    axis: 0,
  },
  'Conv with groups, padded to the same size': {
    nodes: [node('Conv x,w -> y', { group: 2, auto_pad: 'SAME_LOWER' })],
    inputs: [value('x', ['N', 4, 8, 8])],
    constants: { w: noisy([6, 2, 2, 3]) },
    dims: [6, 4, 8, 8],
    axis: 0,
  },
};

const BITS = { int4: 7, int8: 127 } as const;

function decisionFor(target: Node, weight: ModelTensor, axis: number, type: 'int4' | 'int8'): LayerDecision {
  const channels = weight.dims[axis] as number;
  const inner = weight.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const scale = new Float32Array(channels);
  weight.floats().forEach((one, i) => {
    const c = Math.floor(i / inner) % channels;
    scale[c] = Math.max(scale[c]!, Math.abs(one) / BITS[type]);
  });
  const params = { type, scale, zeroPoint: new Int32Array(channels), axis } as const;
  return { node: target.name, opType: target.opType, form: type, tensors: { w: params } };
}

/** The model with weights that integers of the decision stand for. */
function withWeights(model: Model, decision: LayerDecision, integers: (weight: number, at: number) => number): Model {
  const copy = model.clone();
  const weight = model.graph.initializers.get('w') as ModelTensor;
  const { scale, axis } = decision.tensors.w!;
  const inner = weight.dims.slice(axis! + 1).reduce((product, dim) => product * dim, 1);
  const values = weight.floats().map((one, i) => {
    const s = scale[Math.floor(i / inner) % scale.length] as number;
    return integers(one / s, i) * s;
  });
  copy.graph.initializers.set('w', floats(weight.dims, values));
  return copy;
}

async function errorOf(model: Model, other: Model, feeds: Feeds): Promise<number> {
  const [a, b] = [await runModel(model, feeds), await runModel(other, feeds)].map((run) => run.y!.data as Float32Array);
  return a!.reduce((sum, one, i) => sum + (one - b![i]!) ** 2, 0);
}

describe.each(Object.entries(CASES))('%s', (_, graph) => {
  const model = microModel(graph);
  const feedsOf = (seed: number): Feeds => ({
    x: { type: 'float32', dims: graph.dims, data: correlated(graph.dims, seed) },
  });
  const samples = [3, 4, 5, 6].map(feedsOf);

  it.each(['int4', 'int8'] as const)(
    'of %s has outputs nearer to the float ones on data it has not seen',
    async (type) => {
      const decision = decisionFor(graph.nodes[0]!, graph.constants!.w!, graph.axis, type);
      const round = await learnRounding(model, samples, [decision]);
      const { axis, ...rest } = decision.tensors.w!;
      const params = { ...rest, type, granularity: { axis: axis as number } };
      const learned = round({ node: graph.nodes[0]!, name: 'w', params });
      const [nearestModel, learnedModel] = [
        withWeights(model, decision, Math.round),
        withWeights(model, decision, (_, i) => learned![i] as number),
      ];
      const feeds = feedsOf(9);
      const [before, after] = [await errorOf(model, nearestModel, feeds), await errorOf(model, learnedModel, feeds)];
      expect(after).toBeLessThan(0.8 * before);
      expect(
        round({ node: graph.nodes[0]!, name: 'w', params: { ...params, scale: params.scale.map((s) => 2 * s) } }),
      ).toBeUndefined();
      const again = await learnRounding(model, samples, [decision], { bytes: 4 * 24 ** 2 * 2 });
      expect(again({ node: graph.nodes[0]!, name: 'w', params })).toEqual(learned);
    },
  );
});

it('leaves weights alone that it has no memory for, and stops when it is told to', async () => {
  const graph = CASES.MatMul!;
  const decision = decisionFor(graph.nodes[0]!, graph.constants!.w!, graph.axis, 'int8');
  const model = microModel(graph);
  const feeds: Feeds = { x: { type: 'float32', dims: graph.dims, data: correlated(graph.dims, 3) } };
  const round = await learnRounding(model, [feeds], [decision], { bytes: 100 });
  const { axis, ...rest } = decision.tensors.w!;
  const params = { ...rest, type: 'int8', granularity: { axis: axis as number } } as const;
  expect(round({ node: graph.nodes[0]!, name: 'w', params })).toBeUndefined();
  const reason = new Error('enough');
  await expect(learnRounding(model, [feeds], [decision], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
