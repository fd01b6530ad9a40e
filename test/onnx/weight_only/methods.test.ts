// Methods that choose weights of ONNX models: less error of outputs on inputs that were not measured, in every format.
import { expect, it } from 'vitest';
import { formatQuantizeReport } from '../../../lib/cli/quantize_text';
import { modelBytes } from '../../../lib/onnx';
import { measureInputs } from '../../../lib/onnx/calibrate';
import { evaluate } from '../../../lib/onnx/evaluate';
import { type Feeds, GraphIndex, type Model } from '../../../lib/onnx/model';
import { quantize } from '../../../lib/onnx/quantize';
import { validateModel } from '../../../lib/onnx/validate';
import { quantizeWeights, tensorsToMeasure, type WeightOnlyOptions } from '../../../lib/onnx/weight_only';
import { GramMatrix } from '../../../lib/weights';
import { floats, microModel, node, noise, noisy, opTypes, relativeError, runModel, value } from '../micro_graph';

const [K, H, N] = [48, 40, 9];

/** Rows whose channels depend on one another, some much larger. */
function samples(rows: number, seed: number): Feeds {
  const [own, shared] = [noise(rows * K, seed), noise(rows * 4, seed + 1)];
  const data = own.map((one, i) => {
    const channel = i % K;
    return (0.2 * one + shared[4 * Math.floor(i / K) + (channel % 4)]!) * (channel % 11 === 0 ? 12 : 1);
  });
  return { x: { type: 'float32', dims: [rows, K], data } };
}

/** A normalization, a MatMul, a Relu, a Gemm with a bias and transposed weights. */
const twoLayers = (): Model =>
  microModel({
    nodes: [node('Mul x,g -> n'), node('MatMul n,w -> h'), node('Relu h -> r'), node('Gemm r,v,b -> y', { transB: 1 })],
    inputs: [value('x', ['rows', K])],
    constants: {
      ...{ w: noisy([K, H], 3), v: noisy([N, H], 4), b: noisy([N], 5) },
      g: floats(
        [K],
        noise(K, 6).map((one) => 1 + one / 2),
      ),
    },
    opset: 21,
  });

const seen = [samples(200, 1), samples(200, 3)];

/** The relative error of outputs on other samples, the reference and onnxruntime agreeing on it. */
async function heldError(model: Model, quantized: Model): Promise<number> {
  validateModel(quantized);
  const feeds = samples(300, 9);
  const [expected, actual] = [await runModel(model, feeds), await runModel(quantized, feeds)];
  const { y } = await evaluate(quantized, feeds);
  expect(relativeError(actual.y!, y as never)).toBeLessThan(1e-5);
  return relativeError(expected.y!, actual.y!);
}

const FORMATS: readonly (WeightOnlyOptions & { readonly times: number })[] = [
  { type: 'int4', block: 16, times: 1.5 },
  { type: 'uint4', block: 32, times: 1.5 },
  { type: 'uint8', block: 16, times: 1.5 },
  { type: 'uint4', block: 16, format: 'matmulnbits', times: 1.5 },
  { type: 'int8', times: 1.3 },
  { type: 'uint8', times: 1.3 },
  { type: 'int8', format: 'folded', times: 1.3 },
  { type: 'nf4', times: 1.5 },
  { type: 'fp4', block: 32, times: 1.5 },
];

it.each(FORMATS)('GPTQ on measured inputs: $type, $format, blocks of $block', async ({ times, ...options }) => {
  const model = twoLayers();
  const tensors = tensorsToMeasure(new GraphIndex(model.graph), {});
  expect(tensors).toEqual(['n', 'r']);
  const { grams, samples: count } = await measureInputs(model, seen, { tensors });
  expect([count, grams.get('n')?.rows, grams.get('r')?.channels]).toEqual([2, 400, H]);
  const nearest = quantizeWeights(model, options);
  const chosen = quantizeWeights(model, { ...options, method: 'gptq', grams });
  expect(opTypes(chosen.model)).toEqual(opTypes(nearest.model));
  expect(chosen.decisions.map(({ form }) => form)).toEqual(nearest.decisions.map(({ form }) => form));
  const errors = [await heldError(model, nearest.model), await heldError(model, chosen.model)] as const;
  expect(errors[0] / errors[1]).toBeGreaterThan(times ** 0.5);
  const again = quantizeWeights(model, { ...options, method: 'gptq' });
  expect(again.decisions[0]?.reason).toContain('no samples');
  expect(await heldError(model, again.model)).toBe(errors[0]);
});

it.each([
  { weightFormat: 'int4', block: 16 },
  { weightFormat: 'uint4', weightOperators: 'matmulnbits', block: 32 },
  { weightFormat: 'nf4' },
  { weightFormat: 'int8' },
] as const)('AWQ scales inputs by what writes them, or a Mul: %o', async (options) => {
  const model = twoLayers();
  const settings = { mode: 'weight-only', ...options, calibration: () => seen, measure: false } as const;
  const [nearest, awq] = [
    await quantize(modelBytes(model), settings),
    await quantize(modelBytes(model), { ...settings, weightMethod: 'awq' }),
  ];
  expect(await heldError(model, awq.model)).toBeLessThan(await heldError(model, nearest.model));
  expect(awq.report.changes).toContain('weights are chosen by awq on 2 samples');
  expect(awq.report.changes).toContain("'n' is scaled by the weights before it");
  expect(awq.report.recipe).toMatchObject({ weightMethod: 'awq' });
  expect(formatQuantizeReport(awq.report, 80)).toContain('by awq on 2 samples');
  expect(formatQuantizeReport(nearest.report, 80)).not.toContain('by awq');
});

it('HQQ has zero points that are no integers, in MatMulNBits', async () => {
  const model = twoLayers();
  const options = { type: 'uint4', block: 16, format: 'matmulnbits', method: 'hqq' } as const;
  const { model: result, decisions } = quantizeWeights(model, options);
  expect(result.graph.initializers.get('w_zp')?.type).toBe('float32');
  expect(decisions[0]?.sqnr).toBeGreaterThan(20);
  expect(await heldError(model, result)).toBeLessThan(0.1);
  for (const wrong of [{ format: 'qdq' }, { symmetric: true }, { type: 'int4' }] as const)
    expect(() => quantizeWeights(model, { ...options, ...wrong })).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE' }),
    );
});

it('merges what several products show the same weights', () => {
  const model = microModel({
    nodes: [node('MatMul x,w -> a'), node('MatMul a,w -> y')],
    inputs: [value('x', [3, 32])],
    constants: { w: noisy([32, 32]) },
    opset: 21,
  });
  const gram = (seed: number) =>
    new GramMatrix(32).add({ type: 'float32', dims: [80, 32], data: noise(80 * 32, seed) });
  const [x, a] = [gram(1), gram(2)];
  const of = (grams: Map<string, GramMatrix>) =>
    modelBytes(quantizeWeights(model, { type: 'int4', method: 'gptq', grams }).model);
  const both = of(
    new Map([
      ['x', x],
      ['a', a],
    ]),
  );
  expect(both).not.toEqual(of(new Map([['x', x]])));
  expect([x.rows, a.rows]).toEqual([80, 80]);
  const merged = new GramMatrix(32).merge(x).merge(a);
  expect(of(new Map([['x', merged]]))).toEqual(both);
});

it('keeps the nearest levels of weights that a table shares', () => {
  const model = microModel({
    nodes: [node('Gather t,i -> x'), node('Transpose t -> u', { perm: [1, 0] }), node('MatMul x,u -> y')],
    inputs: [value('i', [5], 'int64')],
    constants: { t: noisy([64, 32], 2) },
    opset: 21,
  });
  const gram = new GramMatrix(32).add({ type: 'float32', dims: [80, 32], data: noise(80 * 32, 1) });
  const { decisions } = quantizeWeights(model, { type: 'int4', method: 'gptq', grams: new Map([['x', gram]]) });
  expect(decisions.find(({ opType }) => opType === 'MatMul')?.reason).toContain('a table shares the weights');
});

it('refuses what does not go together', async () => {
  const bytes = modelBytes(twoLayers());
  const code = (expected: string) => expect.objectContaining({ code: expected });
  const refused = (options: object) => quantize(bytes, { measure: false, ...options } as never);
  await expect(refused({ mode: 'weight-only', weightMethod: 'gptq' })).rejects.toThrow(code('ERR_NO_CALIBRATION_DATA'));
  await expect(refused({ mode: 'dynamic', weightMethod: 'gptq' })).rejects.toThrow(code('ERR_RANGE'));
  await expect(refused({ mode: 'weight-only', weightMethod: 'best' })).rejects.toThrow(code('ERR_RANGE'));
  const both = { weightMethod: 'gptq', learnedRounding: true, calibration: () => seen };
  await expect(refused({ mode: 'weight-only', ...both })).rejects.toThrow(code('ERR_RANGE'));
  const nan = { x: { type: 'float32', dims: [1, K], data: new Float32Array(K).fill(Number.NaN) } };
  const hostile = refused({ mode: 'weight-only', weightMethod: 'gptq', calibration: () => [nan] });
  await expect(hostile).rejects.toThrow(/tensor 'n', sample 0: inputs must be finite/);
  for (const wrong of [
    { type: 'nf4', format: 'qdq' },
    { type: 'int4', format: 'matmulbnb4' },
  ] as const)
    expect(() => quantizeWeights(twoLayers(), wrong)).toThrow(code('ERR_RANGE'));
});
