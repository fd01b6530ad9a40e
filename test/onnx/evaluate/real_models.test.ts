// Real models in the reference interpreter and in onnxruntime, executed literally.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../../lib/onnx/evaluate';
import type { Feeds, Model, TensorValue } from '../../../lib/onnx/model';
import { readModel } from '../../../lib/onnx/read';
import { readNpy } from './npy';

const DATA = path.join(__dirname, '..', '..', '..', '..', 'shared', 'data');
const missing = !existsSync(DATA);

const quantized = (name: string, part: string) => path.join(DATA, 'ort-quant', `${name}${part}`);

/** One sample after the other where the model takes one: dynamic quantization depends on what else is there. */
function samplesOf(model: Model, x: TensorValue, single: boolean): TensorValue[] {
  const type = model.graph.inputs[0]!.type;
  const fixed = type?.kind === 'tensor' && type.dims?.[0] === 1;
  if (!fixed && !single) return [x];
  const size = x.data.length / x.dims[0]!;
  return Array.from({ length: x.dims[0]! }, (_, i) => ({
    ...x,
    dims: [1, ...x.dims.slice(1)],
    data: (x.data as Float32Array).slice(i * size, (i + 1) * size),
  }));
}

async function outputsOf(model: Model, samples: readonly TensorValue[]): Promise<number[]> {
  const interpreter = new Interpreter(model);
  const [input, output] = [model.graph.inputs[0]!.name, model.graph.outputs[0]!.name];
  const all: number[] = [];
  for (const sample of samples) {
    const outputs = await interpreter.run({ [input]: sample });
    for (const value of outputs[output]!.data as Float32Array) all.push(value);
  }
  return all;
}

const largest = (a: readonly number[], b: ArrayLike<number>): number =>
  a.length === b.length
    ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
    : Number.POSITIVE_INFINITY;

describe.skipIf(missing)('models that onnxruntime quantized equal its literal execution', () => {
  const exact = [
    'ic_resnet8.qdq_s8s8_pc',
    'ic_resnet8.qdq_u8s8_pc',
    'ic_resnet8.qop_u8s8_pc',
    'keypoint_mlp.qdq_s8s8_pc',
    'keypoint_mlp.qdq_u8s8',
    'keypoint_mlp.qop_u8s8',
    'keypoint_mlp_o21.qdq_a16w8_pc',
    'keypoint_mlp_o21.qdq_s8s8_pc',
    'keypoint_mlp_o21.qdq_u16w8_pc',
    'mnist.qdq_s8s8_pc',
    'mnist.qdq_s8s8_pc_sym',
    'mnist.qdq_u8s8_ent',
    'mnist.qdq_u8u8',
    'mnist.qop_u8s8_pc',
    'stories260K.dyn_pc',
    'stories260K.qdq_s8s8_pc',
  ];
  it.each(exact)('%s bit for bit', async (name) => {
    const model = readModel(quantized(name, '.onnx'));
    const samples = samplesOf(model, readNpy(quantized(name, '.golden_in.npy')), false);
    const golden = readNpy(quantized(name, '.golden_out_ort_noopt.npy'));
    expect(largest(await outputsOf(model, samples), golden.data as Float32Array)).toBe(0);
  });

  it.each([
    ['mnist.dyn', 1e-2],
    ['keypoint_mlp.dyn', 1e-6],
    ['stories260K.dyn', 1e-5],
  ] as const)('%s within %f', async (name, tolerance) => {
    const model = readModel(quantized(name, '.onnx'));
    const samples = samplesOf(model, readNpy(quantized(name, '.golden_in.npy')), true);
    const golden = readNpy(quantized(name, '.golden_out_ort_noopt.npy'));
    expect(largest(await outputsOf(model, samples), golden.data as Float32Array)).toBeLessThanOrEqual(tolerance);
  });
});

/** Repeatable values in [0, high). */
function spread(count: number, high: number): number[] {
  let state = 7;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * high);
  });
}

const int64 = (dims: readonly number[], values: readonly number[]): TensorValue => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values, BigInt),
});
const float32 = (dims: readonly number[], values: readonly number[]): TensorValue => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

describe.skipIf(missing)('float models are close to onnxruntime', () => {
  const sentence = { input_ids: int64([2, 48], spread(96, 1000)), attention_mask: int64([2, 48], spread(96, 2)) };
  const models: [file: string, feeds: Feeds, tolerance: number][] = [
    ['banking77-encoder/model_opset13.onnx', sentence, 1e-5],
    ['banking77-encoder/model_opset17.onnx', sentence, 1e-5],
    ['hand-gesture/keypoint_classifier.onnx', { input: float32([3, 42], spread(126, 2)) }, 1e-6],
    [
      'magika/standard_v3_3.onnx',
      { bytes: { type: 'int32', dims: [1, 2048], data: Int32Array.from(spread(2048, 257)) } },
      1e-5,
    ],
    ['mlperf-tiny/ic_resnet8_float.onnx', { input: float32([2, 3, 32, 32], spread(6144, 256)) }, 1e-5],
    ['mnist-onnx/mnist.onnx', { Input3: float32([1, 1, 28, 28], spread(784, 256)) }, 2e-2],
    ['stories260k/stories260K_s128.onnx', { input_ids: int64([1, 128], spread(128, 512)) }, 2e-4],
  ];

  it.each(models)('%s', async (file, feeds, tolerance) => {
    const bytes = readFileSync(path.join(DATA, file));
    const session = await ort.InferenceSession.create(bytes, {
      graphOptimizationLevel: 'disabled',
      intraOpNumThreads: 1,
    });
    const given = Object.fromEntries(
      Object.entries(feeds).map(([name, { type, data, dims }]) => [
        name,
        new ort.Tensor(type as 'float32', data as Float32Array, dims),
      ]),
    );
    const expected = await session.run(given);
    await session.release();
    const outputs = await new Interpreter(readModel(path.join(DATA, file))).run(feeds);
    for (const [name, { data, dims }] of Object.entries(expected)) {
      expect(outputs[name]!.dims).toEqual([...dims]);
      expect(largest(Array.from(outputs[name]!.data as Float32Array), data as Float32Array)).toBeLessThanOrEqual(
        tolerance,
      );
    }
  });
});

it('skips without the models', ({ skip }) => {
  if (missing) skip('skipped: ../shared not present');
});
