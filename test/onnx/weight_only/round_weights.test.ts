// Weights that are rounded by others: asked for with the parameters of the tensor as it is stored, and stored as given.
import { expect, it } from 'vitest';
import { learnRounding } from '../../../lib/onnx/accuracy';
import type { Feeds, Model } from '../../../lib/onnx/model';
import { quantizeWeights, type WeightOnlyOptions, type WeightRequest } from '../../../lib/onnx/weight_only';
import { microModel, node, random, runModel, value, waves } from '../micro_graph';

const [K, N] = [48, 20];
const OPTIONS: readonly WeightOnlyOptions[] = [
  { type: 'int8' },
  { type: 'uint8' },
  { type: 'int8', format: 'folded' },
  { type: 'int4', block: 16 },
  { type: 'uint4', block: 32 },
  { type: 'int4', block: 16, format: 'matmulnbits' },
];
const modelOf = (transB: number) =>
  microModel({
    nodes: [node('Gemm x,w -> y', { transB })],
    inputs: [value('x', ['n', K])],
    constants: { w: random(transB === 1 ? [N, K] : [K, N]) },
    opset: 21,
  });
const CASES = OPTIONS.flatMap((options) => [0, 1].map((transB) => ({ options, transB })));

const feedsOf = (seed: number): Feeds => {
  // Neighbours are alike, as in real activations: that is what learned rounding makes use of.
  const raw = waves(32 * K, seed);
  const data = raw.map((wave, i) => wave + 2 * raw[i - (i % 8)]!);
  return { x: { type: 'float32', dims: [32, K], data } };
};

/** On what the rounding was fitted to: in the wrong order of the weights it would be far worse there, too. */
async function errorOf(model: Model, quantized: Model): Promise<number> {
  const feeds = feedsOf(3);
  const [{ y: expected }, { y: actual }] = [await runModel(model, feeds), await runModel(quantized, feeds)];
  const real = expected!.data as Float32Array;
  return real.reduce((sum, one, i) => sum + (one - ((actual!.data as Float32Array)[i] as number)) ** 2, 0);
}

it.each(CASES)('learned rounding costs less: $options, transB $transB', async ({ options, transB }) => {
  const model = modelOf(transB);
  const first = quantizeWeights(model, options);
  const roundWeights = await learnRounding(model, [feedsOf(3), feedsOf(4), feedsOf(5)], first.decisions);
  const second = quantizeWeights(model, { ...options, roundWeights });
  expect(second.decisions[0]?.tensors).toEqual(first.decisions[0]?.tensors);
  expect(second.decisions[0]?.sqnr).toBeLessThan(first.decisions[0]!.sqnr!);
  expect(await errorOf(model, second.model)).toBeLessThan(0.8 * (await errorOf(model, first.model)));
});

it.each(CASES)('asks once, with the tensor: $options, transB $transB', ({ options, transB }) => {
  const asked: WeightRequest[] = [];
  const roundWeights = (request: WeightRequest) => {
    asked.push(request);
    return undefined;
  };
  const model = modelOf(transB);
  quantizeWeights(model, { ...options, roundWeights });
  expect(asked.map(({ name, dims }) => ({ name, dims }))).toEqual([
    { name: 'w', dims: model.graph.initializers.get('w')?.dims },
  ]);
});

it('refuses another number of values', () => {
  const call = () => quantizeWeights(modelOf(0), { roundWeights: () => new Int8Array(3) });
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_SHAPE', tensor: 'w' }));
});
