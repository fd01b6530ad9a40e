// What a model multiplies: which nodes, how much, and on what.
import type { GraphIndex, Model, Node, ValueType } from '../model';
import { BYTE_TYPES, type Constant } from './constants';
import { multiplicationsOf, weightInputOf } from './multiplications';

export interface Work {
  readonly node: Node;
  readonly macs: number | undefined;
  readonly isWeighted: boolean;
  readonly isQuantized: boolean;
}

const INTEGER_OPERATORS = /^QLinear|Integer|NBits$|^QGemm$|^DynamicQuantize/;

export function workOf(
  model: Model,
  index: GraphIndex,
  types: ReadonlyMap<string, ValueType>,
  weights: readonly Constant[],
): Work[] {
  const ofNode = new Map(weights.map((weight) => [weight.node, weight]));
  return model.graph.nodes
    .filter((node) => weightInputOf(node) !== undefined)
    .map((node) => {
      const weight = ofNode.get(node);
      const source = index.producer(node.inputs[0] ?? '');
      const between =
        source?.opType === 'DequantizeLinear' && weight !== undefined && BYTE_TYPES.has(weight.tensor.type);
      return {
        node,
        macs: multiplicationsOf(node, types),
        isWeighted: weight !== undefined,
        isQuantized: between || INTEGER_OPERATORS.test(node.opType),
      };
    });
}

export const sum = (work: readonly Work[]): number => work.reduce((all, { macs }) => all + (macs ?? 0), 0);

export function macsByOperator(work: readonly Work[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { node, macs } of work) counts.set(node.opType, (counts.get(node.opType) ?? 0) + (macs ?? 0));
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
