// Micro-graphs of random weights, quantized with statistics of a few random samples.
import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import {
  type Attribute,
  type Feeds,
  type GraphParts,
  type LayerDecision,
  type Model,
  ModelTensor,
  modelBytes,
  Node,
  type QuantizedModel,
  quantizeStatic,
  type StaticOptions,
  type TensorValue,
  tensorsToCalibrate,
  validateModel,
} from '../../../lib/onnx';
import { calibrateModel } from '../../../lib/onnx/calibrate';
import { evaluate } from '../../../lib/onnx/evaluate';
import { productOf } from '../../../lib/tensor/tensor';
import { modelOf } from '../small_models';

/** Numbers from -1 to 1, the same for the same seed. */
function* noise(seed: number): Generator<number, never> {
  for (let state = seed * 2654435761; ; ) {
    state = (Math.imul(state | 0, 1664525) + 1013904223) | 0;
    yield state / 2 ** 31;
  }
}

export function randomFloats(count: number, seed: number, scale = 1): Float32Array {
  const source = noise(seed);
  return Float32Array.from({ length: count }, () => scale * source.next().value);
}

export const weights = (dims: readonly number[], seed: number, scale = 1): ModelTensor =>
  ModelTensor.of('float32', dims, randomFloats(productOf(dims), seed, scale));

/** A node named after its first output. */
export const op = (
  opType: string,
  inputs: readonly string[],
  outputs: string | readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Node => {
  const names = typeof outputs === 'string' ? [outputs] : outputs;
  return new Node({ opType, name: names[0]!, inputs, outputs: names, attributes });
};

export const graphOf = (parts: GraphParts, opset = 17): Model => modelOf(parts, opset);

/** Random feeds for the float inputs of a model, whose unknown dims become 2. */
export function feedsFor({ graph }: Model, seed: number): Feeds {
  const feeds: Record<string, TensorValue> = {};
  graph.inputs.forEach(({ name, type }, i) => {
    if (type?.kind !== 'tensor' || type.dims === undefined) throw new Error(`no dims of ${name}`);
    const dims = type.dims.map((dim) => (typeof dim === 'number' ? dim : 2));
    feeds[name] = { type: 'float32', dims, data: randomFloats(productOf(dims), seed + i) };
  });
  return feeds;
}

export async function quantized(model: Model, options: StaticOptions = {}): Promise<QuantizedModel> {
  const full: StaticOptions = { target: 'ort-x64', ...options };
  const samples = [1, 2, 3, 4].map((seed) => feedsFor(model, 10 * seed));
  const sketches = await calibrateModel(model, samples, { tensors: tensorsToCalibrate(model, full) });
  const result = quantizeStatic(model, sketches, full);
  validateModel(result.model);
  return result;
}

export async function runOrt(model: Model, feeds: Feeds): Promise<Record<string, TensorValue>> {
  const session = await ort.InferenceSession.create(modelBytes(model), { logSeverityLevel: 3 });
  const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => {
    const tensor = new ort.Tensor(type as 'float32', data as Float32Array, dims);
    return [name, tensor] as const;
  });
  return (await session.run(Object.fromEntries(tensors))) as unknown as Record<string, TensorValue>;
}

const valuesOf = ({ data }: TensorValue): number[] => Array.from(data as Float32Array, Number);

export const largestDifference = (a: TensorValue, b: TensorValue): number => {
  const other = valuesOf(b);
  return valuesOf(a).reduce((most, value, i) => Math.max(most, Math.abs(value - other[i]!)), 0);
};

/** Root of the mean squared error over that of the values. */
export function relativeError(values: TensorValue, exact: TensorValue): number {
  const right = valuesOf(exact);
  const error = valuesOf(values).reduce((sum, value, i) => sum + (value - right[i]!) ** 2, 0);
  return Math.sqrt(error / right.reduce((sum, value) => sum + value ** 2, 0));
}

/**
 * Expects that onnxruntime's kernels and the reference interpreter agree on a quantized model within `step`, and that both
 * are as near to the float model as 8 bits are.
 */
export async function expectAgreement(float: Model, model: Model, step: number): Promise<void> {
  const feeds = feedsFor(float, 77);
  const [fused, literal, real] = [await runOrt(model, feeds), await evaluate(model, feeds), await runOrt(float, feeds)];
  for (const { name } of float.graph.outputs) {
    expect(largestDifference(fused[name]!, literal[name]!)).toBeLessThanOrEqual(step);
    expect(relativeError(fused[name]!, real[name]!)).toBeLessThan(0.05);
  }
}

/** The scale of a graph output that is quantized, with room for its rounding in float32; else next to nothing. */
export function stepOf(decisions: readonly LayerDecision[], output: string): number {
  const params = decisions.flatMap(({ tensors }) => tensors[output] ?? [])[0];
  return params === undefined ? 1e-4 : 1.001 * params.scale[0]!;
}
