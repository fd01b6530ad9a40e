// Quantization of weights alone on small graphs: formats, blocks, tails, and what onnxruntime makes of them.
import { expect, it } from 'vitest';
import { evaluate } from '../../../lib/onnx/evaluate';
import type { Model } from '../../../lib/onnx/model';
import { transposeMatrix } from '../../../lib/onnx/rewrite';
import { validateModel } from '../../../lib/onnx/validate';
import { quantizeWeights, type WeightOnlyOptions } from '../../../lib/onnx/weight_only';
import { BLOCK_TYPES, type BlockScheme, dequantizeBlocks, roundToNearest } from '../../../lib/weights';
import { floats, microModel, node, opTypes, random, relativeError, runModel, value, wavesFor } from '../micro_graph';
import { optimizedOps } from '../optimized_graph';

const N = 9;

/** Of 8 bits, where terms of a sum cancel each other. */
const TOLERANCE = 0.04;

function productModel(k: number, text = 'MatMul x,w -> y', attributes = {}) {
  const dims = 'transB' in attributes ? [N, k] : [k, N];
  const constants = { w: random(dims), ...(text.includes('b') ? { b: random([N], 3) } : {}) };
  return microModel({ nodes: [node(text, attributes)], inputs: [value('x', ['rows', k])], constants, opset: 21 });
}

async function errorOf(model: ReturnType<typeof microModel>, options: WeightOnlyOptions, dims: readonly number[]) {
  const result = quantizeWeights(model, options);
  validateModel(result.model);
  const feeds = wavesFor({ x: dims });
  const [expected, actual] = [await runModel(model, feeds), await runModel(result.model, feeds)];
  return { ...result, error: relativeError(expected.y!, actual.y!) };
}

/** The model with the weights that blocks of their transpose stand for. */
function withRoundedWeights(model: Model, scheme: BlockScheme): Model {
  const copy = model.clone();
  const weights = model.graph.initializers.get('w')!;
  const [k, n] = weights.dims as [number, number];
  const rounded = roundToNearest({ data: transposeMatrix(weights.floats(), k, n), rows: n, columns: k }, scheme);
  copy.graph.initializers.set('w', floats([k, n], transposeMatrix(dequantizeBlocks(rounded), n, k)));
  return copy;
}

const BLOCK_FORMATS = ['qdq', 'matmulnbits'] as const;
const CASES = BLOCK_TYPES.flatMap((type) =>
  BLOCK_FORMATS.flatMap((format) => [64, 70].map((k) => ({ type, format, k }))),
);

it.each(CASES)('$type in blocks, $format, k = $k: what rounding to the nearest gives', async ({ type, format, k }) => {
  for (const symmetric of [true, false]) {
    const [model, scheme] = [productModel(k), { type, block: 32, symmetric }];
    const result = quantizeWeights(model, { ...scheme, format });
    const { y } = await runModel(withRoundedWeights(model, scheme), wavesFor({ x: [5, k] }));
    const { y: actual } = await runModel(result.model, wavesFor({ x: [5, k] }));
    expect(relativeError(y!, actual!)).toBeLessThan(1e-5);
    expect(opTypes(result.model)).toEqual(format === 'qdq' ? ['DequantizeLinear', 'MatMul'] : ['MatMulNBits']);
    const form = type.endsWith('4') ? 'int4' : 'int8';
    expect(result.decisions).toMatchObject([{ form, opType: 'MatMul', tensors: { w: { type, block: 32 } } }]);
    expect(result.decisions[0]?.sqnr).toBeGreaterThan(form === 'int4' ? 18 : 40);
  }
});

it.each([
  { type: 'int8' },
  { type: 'uint8' },
  { type: 'int4', block: 32 },
  { type: 'uint4', block: 64, symmetric: true },
] as const)('onnxruntime fuses %o to MatMulNBits', async (options) => {
  const { model } = quantizeWeights(productModel(64), options);
  expect(await optimizedOps(model)).toEqual({ MatMulNBits: 1 });
});

it.each(BLOCK_FORMATS)('Gemm with its bias and transposed weights, %s', async (format) => {
  const model = productModel(48, 'Gemm x,w,b -> y', { transB: 1 });
  const { error } = await errorOf(model, { type: 'int8', block: 16, format }, [5, 48]);
  expect(error).toBeLessThan(TOLERANCE);
  expect(error).toBeGreaterThan(0);
});

it('one scale for each column', async () => {
  const { error, decisions, model } = await errorOf(productModel(33), {}, [5, 33]);
  expect(error).toBeLessThan(TOLERANCE);
  expect(decisions[0]?.tensors.w).toMatchObject({ type: 'int8', axis: 1 });
  expect(model.graph.initializers.get('w_q')?.dims).toEqual([33, N]);
});

it.each(['MatMul x,w -> y', 'Gemm x,w,b -> y'])(
  'folded to float weights when the model is loaded: %s',
  async (text) => {
    const isGemm = text.startsWith('Gemm');
    const model = productModel(33, text, isGemm ? { transB: 1 } : {});
    const { error, ...result } = await errorOf(model, { format: 'folded' }, [5, 33]);
    expect(error).toBeLessThan(TOLERANCE);
    expect(error).toBeGreaterThan(0);
    expect(result.model.graph.initializers.get('w_q')?.type).toBe('int8');
    expect(await optimizedOps(result.model)).toEqual(isGemm ? { Gemm: 1 } : { MatMul: 1 });
  },
);

it('states the accuracy level', () => {
  for (const accuracyLevel of [0, 4] as const) {
    const { model } = quantizeWeights(productModel(64), { format: 'matmulnbits', accuracyLevel });
    expect(model.graph.nodes[0]?.attributes.get('accuracy_level')).toEqual({
      kind: 'int',
      value: BigInt(accuracyLevel),
    });
    expect(model.opsets.get('com.microsoft')).toBe(1);
  }
});

it('leaves a Gemm that MatMulNBits cannot be', () => {
  const model = productModel(64, 'Gemm x,w,b -> y', { alpha: 0.5 });
  const { decisions } = quantizeWeights(model, { format: 'matmulnbits' });
  expect(decisions).toMatchObject([{ form: 'float32', reason: expect.stringContaining('alpha') }]);
});

it('two products share stored weights, each behind a DequantizeLinear of its own', () => {
  const model = microModel({
    nodes: [node('MatMul x,w -> a'), node('MatMul a,w -> y')],
    inputs: [value('x', [3, 32])],
    constants: { w: random([32, 32]) },
    opset: 21,
  });
  const { model: quantized } = quantizeWeights(model, { type: 'int4' });
  expect(opTypes(quantized)).toEqual(['DequantizeLinear', 'MatMul', 'DequantizeLinear', 'MatMul']);
  expect([...quantized.graph.initializers.keys()]).toEqual(['w_q', 'w_scale']);
});

it('filters, one scale for each output channel', async () => {
  for (const [text, dims] of [
    ['Conv x,w -> y', [6, 4, 3, 3]],
    ['ConvTranspose x,w -> y', [4, 6, 3, 3]],
  ] as const) {
    const model = microModel({
      nodes: [node(text)],
      inputs: [value('x', [1, 4, 9, 9])],
      constants: { w: random(dims) },
    });
    for (const target of ['ort-x64', 'openvino'] as const) {
      const { error, ...result } = await errorOf(model, { target }, [1, 4, 9, 9]);
      expect(result.decisions).toMatchObject([{ form: 'int8' }]);
      expect(error).toBeLessThan(TOLERANCE);
      expect(error).toBeGreaterThan(0);
      // onnxruntime folds a Cast and a Mul when it loads the model, and no DequantizeLinear.
      const kernels = await optimizedOps(result.model);
      expect('DequantizeLinear' in kernels).toBe(target === 'openvino');
    }
  }
});

const TABLE = random([64, 32], 4);
const HEAD = floats(
  [32, 64],
  Float32Array.from({ length: 2048 }, (_, i) => TABLE.floats()[(i % 64) * 32 + Math.floor(i / 64)]!),
);

it.each([
  { options: { type: 'int8' }, tolerance: 0.02, stored: 2048 },
  { options: { type: 'int4', format: 'matmulnbits' }, tolerance: 0.2, stored: 1024 },
  { options: { type: 'uint4', format: 'matmulnbits' }, tolerance: 0.2, stored: 1024 },
  { options: { type: 'int8', format: 'matmulnbits' }, tolerance: 0.02, stored: 2048 },
  // Gather reads whole bytes: the table, and the head with it, has 8 bits.
  { options: { type: 'int4' }, tolerance: 0.02, stored: 2048 },
] as const)('a table and the head that is its transpose share $stored bytes: $options', async (row) => {
  const model = microModel({
    nodes: [node('Gather table,ids -> e'), node('MatMul e,head -> y')],
    inputs: [value('ids', ['n'], 'int64')],
    constants: { table: TABLE, head: HEAD },
    opset: 21,
  });
  const { model: quantized, decisions } = quantizeWeights(model, row.options);
  expect(decisions.map(({ form }) => form)).not.toContain('float32');
  const bytes = [...quantized.graph.initializers].filter(([name]) => name.endsWith('_q'));
  expect(bytes.map(([, tensor]) => tensor.byteLength)).toEqual([row.stored]);
  const feeds = { ids: { type: 'int64', dims: [4], data: BigInt64Array.of(0n, 63n, 5n, 5n) } } as const;
  const [expected, actual] = [await runModel(model, feeds), await runModel(quantized, feeds)];
  expect(relativeError(expected.y!, actual.y!)).toBeLessThan(row.tolerance);
  const own = await evaluate(quantized, feeds);
  expect(relativeError(actual.y!, own.y as never)).toBeLessThan(1e-5);
});

it.each([
  [{ type: 'int3' }, 'ERR_RANGE'],
  [{ block: 48 }, 'ERR_RANGE'],
  [{ block: 8 }, 'ERR_RANGE'],
  [{ block: 512 }, 'ERR_RANGE'],
  [{ block: 32.5 }, 'ERR_RANGE'],
  [{ block: '32' }, 'ERR_DTYPE'],
  [{ type: 'int4', block: 'channel' }, 'ERR_RANGE'],
  [{ format: 'qoperator' }, 'ERR_RANGE'],
  [{ accuracyLevel: 5 }, 'ERR_RANGE'],
  [{ format: 'folded', type: 'int4' }, 'ERR_RANGE'],
  [{ format: 'folded', block: 32 }, 'ERR_RANGE'],
  [{ target: 'gpu' }, 'ERR_RANGE'],
  [{ clip: 'kl' }, 'ERR_RANGE'],
])('refuses %o', (options, code) => {
  expect(() => quantizeWeights(productModel(32), options as never)).toThrow(expect.objectContaining({ code }));
});
