import { describe, expect, it } from 'vitest';
import { correctBias } from '../../../lib/onnx/accuracy';
import type { Feeds, Model } from '../../../lib/onnx/model';
import { floats, type MicroGraph, microModel, node, noisy, runModel, value } from '../micro_graph';

/** Rounds all weights down to steps that are far too large: every layer's output is too low where inputs are positive. */
function roundDown(model: Model): Model {
  const copy = model.clone();
  for (const one of copy.graph.nodes) {
    const weight = ['Conv', 'MatMul', 'Gemm'].includes(one.opType)
      ? copy.graph.initializers.get(one.inputs[1]!)
      : undefined;
    if (weight === undefined) continue;
    copy.graph.initializers.set(
      one.inputs[1]!,
      floats(
        weight.dims,
        weight.floats().map((x) => Math.floor(x * 8) / 8),
      ),
    );
  }
  return copy;
}

interface Case extends MicroGraph {
  readonly dims: readonly number[];
  readonly changed: number;
}

const picture = [value('x', ['N', 3, 8, 8])];
const CASES: Readonly<Record<string, Case>> = {
  'Conv with and without bias': {
    nodes: [
      node('Conv x,w,b -> c'),
      node('Relu c -> r'),
      node('Conv r,v -> d'),
      node('Relu d -> s'),
      node('Conv s,u -> y'),
    ],
    inputs: picture,
    constants: { w: noisy([6, 3, 3, 3]), b: noisy([6], 2), v: noisy([5, 6, 3, 3], 3), u: noisy([4, 5, 1, 1], 4) },
    dims: [4, 3, 8, 8],
    changed: 3,
  },
  'MatMul with Add, and Gemm': {
    nodes: [
      node('MatMul x,w -> m'),
      node('Add b,m -> a'),
      node('Relu a -> r'),
      node('MatMul r,v -> n'),
      node('ReduceMean n -> k', { axes: [1], keepdims: 0 }),
      node('Gemm k,u,c -> y'),
    ],
    inputs: [value('x', ['N', 3, 8])],
    constants: { w: noisy([8, 6]), b: noisy([6], 2), v: noisy([6, 6], 3), u: noisy([6, 4], 4), c: noisy([4], 5) },
    dims: [16, 3, 8],
    changed: 2,
  },
};

const feedsOf = (dims: readonly number[], seed: number): Feeds => ({
  x: {
    type: 'float32',
    dims,
    data: noisy(dims, seed)
      .floats()
      .map((x) => x + 1),
  },
});

/** The mean error of each channel of y, all squares added up. */
async function bias(model: Model, other: Model, feeds: Feeds, channels: number): Promise<number> {
  const [a, b] = [(await runModel(model, feeds)).y!, (await runModel(other, feeds)).y!];
  const inner = a.dims.slice(2).reduce((product, dim) => product * dim, 1);
  const sums = new Float64Array(channels);
  (a.data as Float32Array).forEach((one, i) => {
    const c = Math.floor(i / inner) % channels;
    sums[c] = sums[c]! + one - (b.data[i] as number);
  });
  return sums.reduce((sum, one) => sum + (one / (a.data.length / channels)) ** 2, 0);
}

describe.each(Object.entries(CASES))('%s', (_, graph) => {
  it('loses the mean error of its channels, on other data too', async () => {
    const nodes = graph.nodes.map((one) => Object.assign(one.clone(), { name: one.outputs[0] }));
    const model = microModel({ ...graph, nodes });
    const samples = [3, 4, 5].map((seed) => feedsOf(graph.dims, seed));
    const corrected = await correctBias(model, samples, { quantize: roundDown });
    expect(corrected.changes).toHaveLength(graph.changed);
    const feeds = feedsOf(graph.dims, 7);
    const before = await bias(model, roundDown(model), feeds, 4);
    const after = await bias(model, roundDown(corrected.model), feeds, 4);
    expect(after).toBeLessThan(before / 50);
  });
});
