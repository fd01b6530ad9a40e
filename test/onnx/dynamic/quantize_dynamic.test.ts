// Dynamic quantization of small graphs: what the nodes become, what onnxruntime makes of them, and what they compute.
import { expect, it } from 'vitest';
import { quantizeDynamic } from '../../../lib/onnx/dynamic';
import { ModelTensor } from '../../../lib/onnx/model';
import { validateModel } from '../../../lib/onnx/validate';
import {
  floats,
  type MicroGraph,
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
import { optimizedOps } from '../optimized_graph';

const K = 24;
const N = 17;

/** 8 bits of weights and of activations. */
const TOLERANCE = 0.02;

const product = (parts: Partial<MicroGraph> = {}) =>
  microModel({
    nodes: [node('MatMul x,w -> y')],
    inputs: [value('x', ['rows', K])],
    constants: { w: random([K, N]) },
    ...parts,
  });

async function errorOf(model: ReturnType<typeof microModel>, options = {}, dims: readonly number[] = [5, K]) {
  const result = quantizeDynamic(model, options);
  validateModel(result.model);
  const feeds = wavesFor({ x: dims });
  const [expected, actual] = [await runModel(model, feeds), await runModel(result.model, feeds)];
  return { ...result, error: relativeError(expected.y!, actual.y!) };
}

it('fuses a MatMul and its bias to DynamicQuantizeMatMul', async () => {
  const model = product({
    nodes: [node('MatMul x,w -> s'), node('Add s,b -> y')],
    constants: { w: random([K, N]), b: random([N], 3) },
  });
  const { error, ...result } = await errorOf(model);
  expect(error).toBeLessThan(TOLERANCE);
  expect(opTypes(result.model)).toEqual(['DynamicQuantizeLinear', 'Mul', 'MatMulInteger', 'Cast', 'Mul', 'Add']);
  expect(await optimizedOps(result.model)).toEqual({ DynamicQuantizeMatMul: 1 });
  expect(result.decisions).toMatchObject([{ node: 's', opType: 'MatMul', form: 'int8' }]);
  expect(result.decisions[0]?.tensors.w).toMatchObject({ type: 'int8', axis: 1 });
  expect(result.decisions[0]?.sqnr).toBeGreaterThan(35);
});

it('quantizes activations that several products read once', async () => {
  const model = product({
    nodes: [node('MatMul x,w -> a'), node('MatMul x,v -> b'), node('Add a,b -> y')],
    constants: { w: random([K, N]), v: random([K, N], 2) },
  });
  const { error, ...result } = await errorOf(model);
  expect(error).toBeLessThan(TOLERANCE);
  expect(opTypes(result.model).filter((type) => type === 'DynamicQuantizeLinear')).toHaveLength(1);
  expect(await optimizedOps(result.model)).toEqual({ Add: 1, DynamicQuantizeLinear: 1, MatMulIntegerToFloat: 2 });
});

it.each([
  ['plain', 'Gemm x,w,b -> y', {}, [K, N], [5, K]],
  ['transposed weights', 'Gemm x,w,b -> y', { transB: 1 }, [N, K], [5, K]],
  ['transposed activations', 'Gemm x,w,b -> y', { transA: 1 }, [K, N], [K, 5]],
  ['factors', 'Gemm x,w,b -> y', { alpha: 0.5, beta: -2.5 }, [K, N], [5, K]],
  ['a negative factor', 'Gemm x,w,b -> y', { alpha: -0.5, transB: 1 }, [N, K], [5, K]],
  ['no bias', 'Gemm x,w -> y', { alpha: 3.25 }, [K, N], [5, K]],
] as const)('Gemm with %s', async (_, text, attributes, dims, feed) => {
  const constants = { w: random(dims), ...(text.includes('b') ? { b: random([N], 3) } : {}) };
  const model = product({ nodes: [node(text, attributes)], inputs: [value('x', feed)], constants });
  const { error, ...result } = await errorOf(model, {}, feed);
  expect(error).toBeLessThan(TOLERANCE);
  expect(opTypes(result.model)).toContain('MatMulInteger');
  expect(await optimizedOps(result.model)).toHaveProperty('DynamicQuantizeMatMul', 1);
});

it('scales a bias that flows in', async () => {
  const model = product({
    nodes: [node('Gemm x,w,c -> y', { beta: 0.25 })],
    inputs: [value('x', [5, K]), value('c', [N])],
  });
  const feeds = wavesFor({ x: [5, K], c: [N] });
  const { model: quantized } = quantizeDynamic(model);
  const [expected, actual] = [await runModel(model, feeds), await runModel(quantized, feeds)];
  expect(relativeError(expected.y!, actual.y!)).toBeLessThan(TOLERANCE);
});

it('has one scale for the matrix on request, and |w| <= 64 with the reduced range', async () => {
  const { error, ...result } = await errorOf(product(), { perChannel: false, reduceRange: true });
  expect(error).toBeLessThan(TOLERANCE);
  const weights = result.model.graph.initializers.get('w_q')?.array() as Int8Array;
  expect(Math.max(...weights.map(Math.abs))).toBe(64);
  expect(result.decisions[0]?.tensors.w?.axis).toBeUndefined();
  expect(result.decisions[0]?.tensors.w?.scale).toHaveLength(1);
});

const GATHERED = {
  nodes: [node('Gather table,ids -> e'), node('MatMul e,head -> y')],
  inputs: [value('ids', ['n'], 'int64')],
};

it('stores a table and a head that is its transpose once', async () => {
  const table = random([64, 32], 4);
  const head = floats(
    [32, 64],
    Float32Array.from({ length: 2048 }, (_, i) => table.floats()[(i % 64) * 32 + Math.floor(i / 64)]!),
  );
  const model = microModel({ ...GATHERED, constants: { table, head } });
  const { model: quantized, decisions } = quantizeDynamic(model);
  expect(decisions.map(({ form }) => form)).toEqual(['int8', 'int8']);
  const bytes = [...quantized.graph.initializers.values()].filter(({ type }) => type === 'int8');
  expect(bytes.map(({ dims }) => dims)).toEqual([[64, 32]]);
  const feeds = { ids: { type: 'int64', dims: [4], data: BigInt64Array.of(0n, 63n, 5n, 5n) } } as const;
  const [expected, actual] = [await runModel(model, feeds), await runModel(quantized, feeds)];
  expect(relativeError(expected.y!, actual.y!)).toBeLessThan(TOLERANCE);
  expect(await optimizedOps(quantized)).toMatchObject({ Gather: 2, DynamicQuantizeMatMul: 1 });
});

it('keeps tables in float on request', () => {
  const model = microModel({ ...GATHERED, constants: { table: random([64, 32]), head: random([32, 9]) } });
  const { decisions } = quantizeDynamic(model, { tables: false });
  expect(decisions.map(({ form }) => form)).toEqual(['float32', 'int8']);
});

it('quantizes convolutions on request only', async () => {
  const model = microModel({
    nodes: [node('Conv x,w,b -> y', { pads: [1, 1, 1, 1], strides: [2, 2] })],
    inputs: [value('x', [1, 4, 9, 9])],
    constants: { w: random([6, 4, 3, 3]), b: random([6], 2) },
  });
  const stored = await errorOf(model, { target: 'ort-x64' }, [1, 4, 9, 9]);
  expect(stored.decisions).toMatchObject([{ form: 'float32', rule: 'Q021' }]);
  expect(stored.model.graph.initializers.get('w_q')?.type).toBe('int8');
  expect(stored.error).toBeLessThan(TOLERANCE);
  const { Cast, Mul, Conv } = await optimizedOps(stored.model);
  expect([Cast, Mul, Conv]).toEqual([undefined, undefined, 1]);
  for (const options of [{ filters: 'float' }, { target: 'openvino' }] as const)
    expect(opTypes(quantizeDynamic(model, options).model)).toEqual(['Conv']);
  const { error, ...result } = await errorOf(model, { convolutions: true }, [1, 4, 9, 9]);
  expect(error).toBeLessThan(TOLERANCE);
  expect(result.decisions).toMatchObject([{ form: 'int8' }]);
  expect(opTypes(result.model)).toContain('ConvInteger');
});

it('leaves products of activations alone, or quantizes both operands', async () => {
  const model = microModel({
    nodes: [node('Transpose x -> t', { perm: [1, 0] }), node('MatMul x,t -> y')],
    inputs: [value('x', [5, K])],
  });
  expect(quantizeDynamic(model).decisions).toMatchObject([
    { form: 'float32', reason: 'both operands are activations' },
  ]);
  const { error, decisions } = await errorOf(model, { attention: true });
  expect(decisions).toMatchObject([{ form: 'int8' }]);
  expect(error).toBeLessThan(TOLERANCE);
});

it.each([
  ['excluded by the options', {}, { exclude: ['y'] }],
  ['not finite', { constants: { w: floats([1, 2], [1, Number.NaN]) }, inputs: [value('x', [3, 1])] }, {}],
  ['3 dimensions', { constants: { w: random([2, K, N]) } }, {}],
  ['float16', { constants: { w: ModelTensor.of('float16', [1, 1], Uint16Array.of(1)) } }, {}],
  ['left operand', { nodes: [node('MatMul w,x -> y')] }, {}],
])('says why a layer stays in float: %s', (reason, parts, options) => {
  const { decisions } = quantizeDynamic(product(parts), options);
  expect(decisions).toMatchObject([{ form: 'float32' }]);
  const words = reason === 'not finite' ? 'NaN' : reason;
  expect(decisions[0]?.reason).toContain(words);
});

it('stores masks in bytes', async () => {
  const mask = floats(
    [40, 40],
    waves(1600).map((wave) => (wave > 0 ? 0 : -1e9)),
  );
  const model = microModel({ nodes: [node('Add x,mask -> y')], inputs: [value('x', [40, 40])], constants: { mask } });
  const { error, ...result } = await errorOf(model, {}, [40, 40]);
  expect(error).toBe(0);
  expect(result.model.graph.initializers.get('mask_q')?.type).toBe('bool');
  expect(await optimizedOps(result.model)).toEqual({ Add: 1 });
});

it('does not change the model', () => {
  const model = product();
  quantizeDynamic(model);
  expect(opTypes(model)).toEqual(['MatMul']);
  expect([...model.graph.initializers.keys()]).toEqual(['w']);
});
