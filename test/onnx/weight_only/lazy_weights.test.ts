// Weights in a file beside the model are quantized when the new model is written, one at a time, to the same bytes.
import path from 'node:path';
import { expect, it } from 'vitest';
import { type Model, modelBytes, readModel, writeModel } from '../../../lib/onnx';
import { quantizeDynamic } from '../../../lib/onnx/dynamic';
import { quantizeWeights } from '../../../lib/onnx/weight_only';
import { temporaryFolder } from '../files';
import { microModel, node, random, value } from '../micro_graph';

const MODEL = microModel({
  nodes: [node('Gather t,ids -> e'), node('MatMul e,w -> a'), node('Gemm a,v -> y', { transB: 1, alpha: 0.5 })],
  inputs: [value('ids', ['n'], 'int64')],
  constants: { t: random([50, 48]), w: random([48, 40], 2), v: random([33, 40], 3) },
  opset: 21,
});

const WAYS: Record<string, (model: Model) => Model> = {
  dynamic: (model) => quantizeDynamic(model).model,
  'int8 per channel': (model) => quantizeWeights(model).model,
  'int4 in blocks': (model) => quantizeWeights(model, { type: 'int4', block: 16 }).model,
  'uint4 for MatMulNBits': (model) => quantizeWeights(model, { type: 'uint4', block: 16, format: 'matmulnbits' }).model,
};

it.each(Object.entries(WAYS))('%s', (_, quantize) => {
  const file = path.join(temporaryFolder(), 'model.onnx');
  writeModel(MODEL, file, { external: 'always' });
  const apart = readModel(file);
  expect([...apart.graph.initializers.values()].map(({ source }) => source.kind)).toEqual(['file', 'file', 'file']);
  const [lazy, held] = [quantize(apart), quantize(MODEL)];
  const values = [...lazy.graph.initializers].filter(([name]) => name.endsWith('_q'));
  expect(values.length).toBeGreaterThan(1);
  expect(values.map(([, { source }]) => source.kind)).toEqual(values.map(() => 'computed'));
  for (const [name, tensor] of held.graph.initializers)
    expect(lazy.graph.initializers.get(name)?.bytes(), name).toEqual(tensor.bytes());
  expect(modelBytes(readModel(file)).length).toBe(modelBytes(apart).length);
});
