// How results name a node: by its name, or by its first output where it has none.
import type { Node } from '../model';

export function nodeName(node: Node): string {
  return node.name || (node.outputs.find((output) => output !== '') ?? '');
}
