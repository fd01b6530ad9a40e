// Nodes that compute the same at every run become initializers.
import { canEvaluate, evaluateNode } from '../evaluate';
import { type ElementArray, ModelTensor, type Node, type NumericType, type TensorValue } from '../model';
import type { GraphEdit, Pass } from './graph_edit';
import { givesOutput, replaceByConstants } from './replace_by_constants';

/** A result may take this many bytes, or as many as what it is computed from: folding is not to blow the file up. */
const ALWAYS_FOLDED_BYTES = 65_536;
/** What differs from run to run, and what says how constants are stored. */
const KEPT = new Set([
  'Bernoulli',
  'DequantizeLinear',
  'Multinomial',
  'QuantizeLinear',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

const valueOfTensor = (tensor: ModelTensor): TensorValue => ({
  type: tensor.type,
  dims: tensor.dims,
  data: tensor.type === 'string' ? tensor.strings() : tensor.array(),
});

const tensorOf = ({ type, dims, data }: TensorValue): ModelTensor =>
  type === 'string'
    ? new ModelTensor(type, dims, { kind: 'strings', strings: data as readonly string[] })
    : ModelTensor.of(type as NumericType, dims, data as ElementArray);

/** The results of a node whose inputs are all constants; undefined if it has others, cannot be evaluated, or grows. */
function resultsOf(edit: GraphEdit, node: Node): readonly ModelTensor[] | undefined {
  const opset = edit.model.opsets.get(node.domain) ?? 1;
  if (node.domain !== '' || KEPT.has(node.opType) || node.inputs.length === 0 || node.graphs.length > 0)
    return undefined;
  if (node.outputs.includes('')) return undefined;
  const inputs = node.inputs.map((name) => edit.constant(name));
  if (inputs.some((input, i) => input === undefined && node.inputs[i] !== '')) return undefined;
  const expected = node.outputs.map((name) => edit.type(name).dims);
  const taken = inputs.reduce((bytes, input) => bytes + (input?.byteLength ?? 0), 0);
  const limit = Math.max(ALWAYS_FOLDED_BYTES, taken);
  const tooLarge = expected.some(
    (dims) => (dims ?? []).reduce<number>((size, dim) => size * Number(dim ?? 1), 1) > limit,
  );
  if (tooLarge || !canEvaluate(node, opset)) return undefined;
  try {
    const values = evaluateNode(
      node,
      inputs.map((input) => input && valueOfTensor(input)),
      opset,
    );
    const results = values.map(tensorOf);
    return results.every((result) => result.byteLength <= limit) ? results : undefined;
  } catch {
    // A node that fails on its constants fails when the model runs, if it is ever run: that stays as it is.
    return undefined;
  }
}

export const foldConstants: Pass = (edit) => {
  for (const node of edit.nodes()) {
    const results = givesOutput(edit, node) ? undefined : resultsOf(edit, node);
    if (results !== undefined) replaceByConstants(edit, node, results);
  }
};
