// Dynamic quantization of real models: size, kernels and accuracy.
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { type Model, modelBytes } from '../../../lib/onnx';
import { quantizeDynamic } from '../../../lib/onnx/dynamic';
import type { Feeds } from '../../../lib/onnx/model';
import { validateModel } from '../../../lib/onnx/validate';
import { TASKS } from '../../../scripts/score/tasks.mjs';
import { optimizedOps } from '../optimized_graph';
import { MISSING, openRealModel, REAL_MODELS } from '../real_models';

interface Scored {
  readonly metric: { of(output: ort.Tensor, labels: unknown): { score: number; count: number } };
  open(): Promise<{ readonly test: readonly { readonly feeds: Feeds; readonly labels: unknown }[] }>;
}

const byName = (name: string) => TASKS.find((task: { name: string }) => task.name === name) as unknown as Scored;
const realModel = (name: string) => openRealModel(REAL_MODELS.find((one) => one.name === name)!);

/** The task's own score of a model, over all that it is tested on. */
async function scoreOf(model: Model, { metric, open }: Scored): Promise<number> {
  const session = await ort.InferenceSession.create(modelBytes(model), { logSeverityLevel: 3 });
  let [score, count] = [0, 0];
  for (const { feeds, labels } of (await open()).test) {
    const tensors = Object.entries(feeds).map(
      ([name, { type, data, dims }]) => [name, new ort.Tensor(type as 'int64', data as BigInt64Array, dims)] as const,
    );
    const outputs = await session.run(Object.fromEntries(tensors));
    const added = metric.of(outputs.logits!, labels);
    score += added.score;
    count += added.count;
  }
  await session.release();
  return score / count;
}

it('banking77: every product with weights on integers, 3.5 times smaller, no answer in 200 lost', async ({ skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model } = await realModel('banking77');
  const { model: quantized } = quantizeDynamic(model, { target: 'ort-x64' });
  validateModel(quantized);
  const { DynamicQuantizeMatMul, MatMulIntegerToFloat, ...others } = await optimizedOps(quantized);
  expect([DynamicQuantizeMatMul, MatMulIntegerToFloat]).toEqual([7, 6]);
  // The slow kernel, which residuals before normalizations are to stay clear of.
  expect(others).not.toHaveProperty('SkipLayerNormalization');
  expect(others).toMatchObject({ Sum: 4, LayerNormalization: 5 });
  expect(modelBytes(model).length / modelBytes(quantized).length).toBeGreaterThan(3.5);
  const task = byName('banking77');
  expect(await scoreOf(quantized, task)).toBeGreaterThan((await scoreOf(model, task)) - 0.005);
});

it('stories: loss within 0.4 %, 3.6 times smaller, table and head stored once', async ({ skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model } = await realModel('stories');
  const { model: quantized } = quantizeDynamic(model);
  validateModel(quantized);
  const { DynamicQuantizeMatMul, MatMulIntegerToFloat } = await optimizedOps(quantized);
  expect([DynamicQuantizeMatMul, MatMulIntegerToFloat]).toEqual([11, 25]);
  expect(modelBytes(model).length / modelBytes(quantized).length).toBeGreaterThan(3.6);
  expect([...quantized.graph.initializers.values()].filter(({ size }) => size === 512 * 64)).toHaveLength(1);
  const task = byName('stories');
  expect((await scoreOf(quantized, task)) / (await scoreOf(model, task))).toBeLessThan(1.004);
});

it.for(REAL_MODELS)('$name stays valid and runs, and the float model as it was', async (task, { skip }) => {
  if (MISSING !== undefined) skip(MISSING);
  const { model } = await openRealModel(task);
  const before = modelBytes(model);
  const { model: quantized, decisions } = quantizeDynamic(model);
  expect(Buffer.compare(modelBytes(model), before)).toBe(0);
  expect(Buffer.compare(modelBytes(quantizeDynamic(model).model), modelBytes(quantized))).toBe(0);
  validateModel(quantized);
  expect(await optimizedOps(quantized)).toBeDefined();
  expect(decisions.filter(({ opType, form }) => opType === 'Gemm' && form !== 'int8')).toEqual([]);
  for (const { form, reason } of decisions) expect(form === 'int8' || reason !== undefined).toBe(true);
});
