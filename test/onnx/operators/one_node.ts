// Nodes for tests: described in rows, computed by the interpreter and by onnxruntime.
import type * as Onnxruntime from 'onnxruntime-node';
import { evaluateNode } from '../../../lib/onnx/evaluate';
import {
  type Attribute,
  attribute,
  Graph,
  Model,
  Node,
  type NumericType,
  type TensorValue,
} from '../../../lib/onnx/model';
import { modelBytes } from '../../../lib/onnx/write';
import { tensor } from './values';

type Plain = number | string | readonly number[] | Attribute;

export interface Row {
  readonly op: string;
  readonly opsets: readonly number[];
  readonly inputs: readonly (TensorValue | undefined)[];
  /** Numbers with a fraction, and those listed in `floats`, are float attributes. */
  readonly attributes?: Readonly<Record<string, Plain>>;
  readonly floats?: readonly string[];
  readonly outputs?: number;
  readonly domain?: string;
  /** How far floats may lie apart, relatively. */
  readonly tolerance?: number;
  /** How far integers may lie apart: sums in another order are rounded at ties. */
  readonly steps?: number;
}

function attributeOf(value: Plain, float: boolean): Attribute {
  if (typeof value === 'string') return attribute.string(value);
  if (typeof value === 'number')
    return float || !Number.isInteger(value) ? attribute.float(value) : attribute.int(value);
  if ('kind' in value) return value;
  return float ? attribute.floats(value) : attribute.ints(value);
}

export function nodeOf({ op, inputs, attributes = {}, floats = [], outputs = 1, domain = '' }: Row): Node {
  const entries = Object.entries(attributes).map(([name, value]) => [name, attributeOf(value, floats.includes(name))]);
  return new Node({
    opType: op,
    domain,
    name: 'n',
    inputs: inputs.map((input, i) => (input === undefined ? '' : `x${i}`)),
    outputs: Array.from({ length: outputs }, (_, i) => `y${i}`),
    attributes: Object.fromEntries(entries) as Record<string, Attribute>,
  });
}

export const evaluateRow = (row: Row, opset: number): TensorValue[] => evaluateNode(nodeOf(row), row.inputs, opset);

const valueInfo = (name: string, elementType: NumericType | undefined, dims: readonly number[] | undefined) => ({
  name,
  type: { kind: 'tensor' as const, elementType, dims },
});

/** A model of the one node; the types of its outputs are those of `results`. */
function modelOf(row: Row, opset: number, results: readonly TensorValue[]): Model {
  const node = nodeOf(row);
  const inputs = row.inputs.flatMap((value, i) =>
    value === undefined ? [] : [valueInfo(`x${i}`, value.type as NumericType, value.dims)],
  );
  const outputs = results.map((value, i) => valueInfo(`y${i}`, value.type as NumericType, undefined));
  const domains: [string, number][] = row.domain === undefined ? [] : [[row.domain, 1]];
  return new Model({
    graph: new Graph({ nodes: [node], inputs, outputs }),
    opsets: new Map([['', opset], ...domains]),
    irVersion: 8 + Number(opset > 20) * 2,
  });
}

/** The node's outputs by onnxruntime's kernels for one node, as they are. */
export async function runOnnxruntime(
  ort: typeof Onnxruntime,
  row: Row,
  opset: number,
  results: readonly TensorValue[],
): Promise<TensorValue[]> {
  const options = { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
  const session = await ort.InferenceSession.create(modelBytes(modelOf(row, opset, results)), options);
  const feeds: Record<string, Onnxruntime.Tensor> = {};
  row.inputs.forEach((value, i) => {
    if (value !== undefined)
      feeds[`x${i}`] = new ort.Tensor(value.type as 'float32', value.data as Float32Array, value.dims);
  });
  const outputs = await session.run(feeds);
  await session.release();
  return results.map((_, i) => outputs[`y${i}`] as unknown as TensorValue);
}

/** Values in [-range, range] that repeat from run to run. */
export function values(dims: readonly number[], seed = 1, range = 2): TensorValue {
  let state = (seed * 0x9e3779b1) >>> 0;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * range;
  };
  return tensor(dims, Array.from({ length: count }, next));
}

/** Integers from `low` to `high` of a type. */
export function integers(
  type: NumericType,
  dims: readonly number[],
  [low, high]: readonly [number, number],
  seed = 1,
): TensorValue {
  const reals = values(dims, seed, 1).data as Float32Array;
  return tensor(
    dims,
    Array.from(reals, (x) => low + Math.min(Math.floor(((x + 1) / 2) * (high - low + 1)), high - low)),
    type,
  );
}
