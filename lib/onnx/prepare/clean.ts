// What nothing needs goes, what stands twice is kept once, and every node gets a name.
import { createHash } from 'node:crypto';
import type { Graph, ModelTensor } from '../model';
import type { GraphEdit, Pass } from './graph_edit';

/** Nodes without a way to an output, and constants that nobody reads. */
export const removeDead: Pass = (edit) => {
  const nodes = edit.nodes();
  for (const node of nodes.reverse()) {
    const needed = node.outputs.some((name) => edit.isPinned(name) || edit.readers(name).length > 0);
    if (needed) continue;
    edit.remove(node);
    edit.log(`${node.label} removed: nothing needs it`);
  }
  edit.flush();
  removeUnusedConstants(edit);
};

function removeUnusedConstants(edit: GraphEdit): void {
  const { graph } = edit;
  for (const name of [...graph.initializers.keys()])
    if (!edit.isPinned(name) && edit.readers(name).length === 0) graph.initializers.delete(name);
}

/** Tensors that no longer exist are not described either. */
export function removeStaleInfo(graph: Graph): void {
  const written = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  for (const name of [...graph.valueInfo.keys()]) if (!written.has(name)) graph.valueInfo.delete(name);
}

const formOf = ({ type, dims, byteLength }: ModelTensor): string => `${type} ${dims.join(' ')} ${byteLength}`;

/** Equal constants are kept once, under the first name. Only constants of one form are read and compared. */
export const shareConstants: Pass = (edit) => {
  for (const group of groupByForm(edit.graph.initializers).values()) {
    if (group.length < 2 || group[0]?.[1].type === 'string') continue;
    const first = new Map<string, string>();
    for (const [name, tensor] of group) {
      const digest = createHash('sha256').update(tensor.bytes()).digest('base64');
      const kept = first.get(digest);
      if (kept === undefined) first.set(digest, name);
      else if (!edit.isPinned(name)) {
        edit.redirect(name, kept);
        edit.graph.initializers.delete(name);
      }
    }
  }
};

function groupByForm(initializers: ReadonlyMap<string, ModelTensor>): Map<string, [string, ModelTensor][]> {
  const groups = new Map<string, [string, ModelTensor][]>();
  for (const entry of initializers) {
    const form = formOf(entry[1]);
    const group = groups.get(form);
    if (group === undefined) groups.set(form, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** A node without a name, or with one that another has, is named after its first output. */
export const nameNodes: Pass = (edit) => {
  const taken = new Set<string>();
  for (const node of edit.nodes()) {
    const base = node.name || (node.outputs.find((name) => name !== '') ?? node.opType);
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
    taken.add(name);
    node.name = name;
  }
};
