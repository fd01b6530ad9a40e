// A copy of a model whose outputs are tensors of one's choice.
import { onnxError } from '../errors';
import { capturedBy, Graph, GraphIndex, Model, type ModelTensor, type Node, type ValueInfo } from '../model';

export interface SelectedOutputs {
  /** A model with only what the computed tensors need, whose outputs they are. Nodes and constants are shared. */
  readonly model: Model;
  /** Tensors that nodes write. */
  readonly computed: readonly string[];
  /** Tensors that are fed. */
  readonly fed: readonly string[];
  readonly constants: ReadonlyMap<string, ModelTensor>;
}

/** The nodes that the tensors depend on, in their order. */
function nodesFor(graph: Graph, tensors: readonly string[]): Node[] {
  const needed = new Set(tensors);
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => output !== '' && needed.has(output))) continue;
    kept.push(node);
    for (const name of [...node.inputs, ...capturedBy(node)]) needed.add(name);
  }
  return kept.reverse();
}

function graphFor({ graph }: Model, tensors: readonly string[]): Graph {
  const nodes = nodesFor(graph, tensors);
  const read = new Set(nodes.flatMap((node) => [...node.inputs, ...capturedBy(node)]));
  const known = new Map([...graph.valueInfo, ...graph.outputs.map((info) => [info.name, info] as const)]);
  const outputs = tensors.map((name): ValueInfo => known.get(name) ?? { name, type: undefined });
  const initializers = new Map([...graph.initializers].filter(([name]) => read.has(name)));
  const valueInfo = new Map([...graph.valueInfo].filter(([name]) => !tensors.includes(name)));
  return new Graph({ ...graph, nodes, outputs, initializers, valueInfo }, graph.origin);
}

/** Throws ERR_RANGE for a tensor that the main graph does not have. */
export function selectOutputs(model: Model, tensors: readonly string[]): SelectedOutputs {
  const index = new GraphIndex(model.graph);
  const [computed, fed, constants] = [[] as string[], [] as string[], new Map<string, ModelTensor>()];
  for (const tensor of new Set(tensors)) {
    const constant = model.graph.initializers.get(tensor);
    if (constant !== undefined) constants.set(tensor, constant);
    else if (index.isInput(tensor)) fed.push(tensor);
    else if (index.producer(tensor) !== undefined) computed.push(tensor);
    else throw onnxError('ERR_RANGE', `the model has no tensor '${tensor}'`, { tensor });
  }
  const copy = new Model({ ...model, graph: graphFor(model, computed) }, model.origin);
  return { model: copy, computed, fed, constants };
}
