// Small models for tests, and their outputs from onnxruntime.
import * as ort from 'onnxruntime-node';
import { type Attribute, attribute, Graph, Model, ModelTensor, modelBytes, Node, type ValueInfo } from '../../lib/onnx';
import type { Dim, ElementType, Feeds } from '../../lib/onnx/model';
import { Random } from '../../lib/statistics';

type Plain = number | readonly number[] | string | Attribute;

/** 'Conv a,b -> y': operator, inputs, outputs; then attributes. */
export function node(text: string, attributes: Readonly<Record<string, Plain>> = {}): Node {
  const [head = '', tail = ''] = text.split('->').map((part) => part.trim());
  const [opType = '', inputs = ''] = head.split(/\s+/);
  const entries = Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)] as const);
  return new Node({
    opType,
    inputs: inputs === '' ? [] : inputs.split(','),
    outputs: tail.split(','),
    attributes: Object.fromEntries(entries),
  });
}

function attributeOf(value: Plain): Attribute {
  if (typeof value === 'number') return Number.isInteger(value) ? attribute.int(value) : attribute.float(value);
  if (typeof value === 'string') return attribute.string(value);
  return Array.isArray(value) ? attribute.ints(value as number[]) : (value as Attribute);
}

export const floats = (dims: readonly number[], values: ArrayLike<number>): ModelTensor =>
  ModelTensor.of('float32', dims, Float32Array.from(values));

export const ints = (values: readonly number[], dims: readonly number[] = [values.length]): ModelTensor =>
  ModelTensor.of('int64', dims, BigInt64Array.from(values, BigInt));

/** Values between -1 and 1 that look random and never change. */
export function waves(count: number, seed = 1): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => Math.sin((i + 1) * 12.9898 * seed + seed) * Math.cos(i * 0.7 + seed),
  );
}

export const random = (dims: readonly number[], seed = 1): ModelTensor =>
  floats(
    dims,
    waves(
      dims.reduce((product, dim) => product * dim, 1),
      seed,
    ),
  );

export const value = (name: string, dims?: readonly Dim[], elementType: ElementType = 'float32'): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType, dims },
});

/** Values between -1 and 1 that have nothing to do with each other; the same for the same seed. */
export function noise(count: number, seed = 1): Float32Array<ArrayBuffer> {
  const generator = new Random(seed);
  return Float32Array.from({ length: count }, () => generator.uniform(-1, 1));
}

export const noisy = (dims: readonly number[], seed = 1): ModelTensor =>
  floats(
    dims,
    noise(
      dims.reduce((product, dim) => product * dim, 1),
      seed,
    ),
  );

export interface MicroGraph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs?: readonly string[];
  readonly constants?: Readonly<Record<string, ModelTensor>>;
  readonly opset?: number;
}

export function microModel({ nodes, inputs, outputs = ['y'], constants = {}, opset = 17 }: MicroGraph): Model {
  const graph = new Graph({
    nodes,
    inputs,
    outputs: outputs.map((name) => value(name)),
    initializers: new Map(Object.entries(constants)),
  });
  return new Model({ graph, opsets: new Map([['', opset]]), irVersion: opset < 13 ? 7 : 8 });
}

/** All outputs of a model, by onnxruntime without its optimizations. */
export async function runModel(model: Model, feeds: Feeds): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(modelBytes(model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const tensors = Object.entries(feeds).map(
    ([name, { type, data, dims }]) => [name, new ort.Tensor(type as 'float32', data as Float32Array, dims)] as const,
  );
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return results as Record<string, ort.Tensor>;
}

/** Feeds of such dims for the float inputs of a model. */
export function wavesFor(dims: Readonly<Record<string, readonly number[]>>): Feeds {
  return Object.fromEntries(
    Object.entries(dims).map(([name, shape], i) => [
      name,
      { type: 'float32', dims: shape, data: random(shape, i + 2).floats() },
    ]),
  );
}

export const opTypes = (model: Model): string[] => model.graph.nodes.map(({ opType }) => opType);

/** The largest difference between two results over the largest magnitude of the first. */
export function relativeError(expected: ort.Tensor, actual: ort.Tensor): number {
  const [a, b] = [expected.data as Float32Array, actual.data as Float32Array];
  let [worst, largest] = [0, 1e-30];
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)));
    largest = Math.max(largest, Math.abs(a[i] as number));
  }
  return a.length === b.length ? worst / largest : Number.POSITIVE_INFINITY;
}
