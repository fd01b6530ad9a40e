// Which tensors of a graph are float32.
import { inferTypes } from '../infer';
import type { Graph, Model, Node, ValueInfo } from '../model';

/** Names of the tensors of the main graph that are float32. */
export function floatTensors(model: Model): ReadonlySet<string> {
  const floats = new Set<string>();
  for (const [name, type] of inferTypes(withInnerTypes(model)))
    if (type.kind === 'tensor' && type.elementType === 'float32') floats.add(name);
  for (const [name, { type }] of model.graph.initializers) if (type === 'float32') floats.add(name);
  return floats;
}

/** The model with the element types that the outputs of If, Loop and Scan have within them. */
function withInnerTypes(model: Model): Model {
  const copy = model.clone();
  const { nodes, valueInfo } = copy.graph;
  for (const node of nodes) {
    const [inner] = node.graphs;
    if (inner === undefined) continue;
    node.outputs.forEach((name, i) => {
      const info = outputOf(inner, node, i);
      if (valueInfo.has(name) || info?.type?.kind !== 'tensor') return;
      valueInfo.set(name, { name, type: { ...info.type, dims: undefined } });
    });
  }
  return copy;
}

/** A Loop's body gives its condition first. */
const outputOf = (inner: Graph, node: Node, i: number): ValueInfo | undefined =>
  inner.outputs[node.is('Loop') ? i + 1 : i];
