// What onnxruntime and the project's own interpreter compute from quantized models is the same.
import { expect, it } from 'vitest';
import { quantizeDynamic } from '../../../lib/onnx/dynamic';
import { evaluate } from '../../../lib/onnx/evaluate';
import type { Model } from '../../../lib/onnx/model';
import { quantizeWeights } from '../../../lib/onnx/weight_only';
import { relativeError, runModel } from '../micro_graph';
import { MISSING, openRealModel, REAL_MODELS } from '../real_models';

/** Rounding errors of float32 sums; in dynamic quantization some of them turn into a step of activations in 8 bits. */
const toleranceOf = (way: string): number => (way === 'dynamic' ? 0.06 : 1e-4);

const WAYS: Record<string, (model: Model) => Model> = {
  dynamic: (model) => quantizeDynamic(model).model,
  'int8 per channel': (model) => quantizeWeights(model).model,
  'int4 in blocks': (model) => quantizeWeights(model, { type: 'int4' }).model,
  'int4 of MatMulNBits': (model) => quantizeWeights(model, { type: 'int4', format: 'matmulnbits' }).model,
  'uint4 of MatMulNBits': (model) => quantizeWeights(model, { type: 'uint4', format: 'matmulnbits' }).model,
  'int8 of MatMulNBits': (model) => quantizeWeights(model, { format: 'matmulnbits' }).model,
};
const MODELS = REAL_MODELS.filter(({ name }) => ['gesture', 'stories', 'mnist'].includes(name));
// The interpreter takes its time over a decoder: two ways must do.
const waysOf = (name: string) => (name === 'stories' ? ['dynamic', 'uint4 of MatMulNBits'] : Object.keys(WAYS));
const CASES = MODELS.flatMap((task) => waysOf(task.name).map((way) => ({ task, way, name: task.name })));

it.for(CASES)('$name, $way', async ({ task, way }, { skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model, feeds } = await openRealModel(task);
  const quantized = WAYS[way]!(model);
  const [expected, actual] = [await runModel(quantized, feeds), await evaluate(quantized, feeds)];
  for (const { name } of model.graph.outputs)
    expect(relativeError(expected[name]!, actual[name] as never)).toBeLessThan(toleranceOf(way));
});
