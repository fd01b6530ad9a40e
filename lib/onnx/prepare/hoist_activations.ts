// Relu and Clip move up behind the layer that they belong to, where runtimes fold them into it.
import type { Node } from '../model';
import type { GraphEdit, Pass } from './graph_edit';

const ACTIVATIONS = ['Relu', 'Clip'];
const LAYERS = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add'];
/** Operators after which a function that never decreases gives what it gives before them. */
const COMMUTING = ['MaxPool', 'GlobalMaxPool', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Identity'];

const isOneOf = (node: Node, opTypes: readonly string[]): boolean =>
  node.domain === '' && opTypes.includes(node.opType);

/** The operators between a layer and an activation, from the activation up; undefined if there are none to pass. */
function passed(edit: GraphEdit, activation: Node): { readonly layer: Node; readonly between: Node[] } | undefined {
  const between: Node[] = [];
  for (let name = activation.inputs[0] as string; ; ) {
    const node: Node | undefined = edit.ownProducer(name);
    if (node === undefined) return undefined;
    if (isOneOf(node, LAYERS)) return between.length > 0 ? { layer: node, between } : undefined;
    if (!isOneOf(node, COMMUTING) || node.outputs.slice(1).some((output) => output !== '')) return undefined;
    between.push(node);
    name = node.inputs[0] as string;
  }
}

export const hoistActivations: Pass = (edit) => {
  for (const activation of edit.nodes()) {
    const found = isOneOf(activation, ACTIVATIONS) ? passed(edit, activation) : undefined;
    if (found === undefined) continue;
    const { layer, between } = found;
    const top = between.at(-1) as Node;
    const last = between[0] as Node;
    const source = layer.outputs[0] as string;
    const result = activation.outputs[0] as string;
    const moved = activation.clone();
    edit.remove(activation);
    moved.outputs = [edit.freshName(`${source}_${activation.opType.toLowerCase()}`)];
    moved.inputs[0] = source;
    edit.insertBefore(top, moved);
    edit.setInput(top, 0, moved.outputs[0] as string);
    rename(edit, between.slice(1));
    edit.renameOutput(last, 0, result);
    edit.log(`${activation.label} moved behind ${layer.label}`);
  }
};

/** What lies in between has other values now, and gets other names. */
function rename(edit: GraphEdit, nodes: readonly Node[]): void {
  for (const node of nodes) {
    const old = node.outputs[0] as string;
    const name = edit.freshName(`${old}_activated`);
    edit.renameOutput(node, 0, name);
    edit.redirect(old, name);
  }
}
