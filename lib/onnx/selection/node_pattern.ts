// Patterns that pick nodes of a model.
import { isObject, reject } from '../../validate';
import type { Node } from '../model';

/**
 * Picks nodes:
 * - a string: the node's name, in which `*` stands for any characters and `?` for one; with the prefix `op:`, its op type;
 * - a RegExp: what it finds in the name;
 * - an object: both of what it names;
 * - a function of the node.
 * A node without a name goes by its first output.
 */
export type NodePattern =
  | string
  | RegExp
  | { readonly opType?: string | undefined; readonly name?: string | RegExp | undefined }
  | ((node: Node) => boolean);

/** A node's name, or its first output where it has none. */
export function nameOf(node: Node): string {
  return node.name || (node.outputs.find((output) => output !== '') ?? '');
}

/** A test for a pattern. Throws ERR_DTYPE for what is none. */
export function matcherOf(pattern: NodePattern): (node: Node) => boolean {
  if (typeof pattern === 'function') return pattern;
  if (pattern instanceof RegExp) return (node) => nameOf(node).search(pattern) >= 0;
  if (typeof pattern === 'string') return textMatcher(pattern);
  if (!isObject(pattern)) reject('pattern', 'a string, a RegExp, { opType, name } or a function', pattern, 'ERR_DTYPE');
  const { opType, name } = pattern as { opType?: string; name?: string | RegExp };
  const byType = opType === undefined ? undefined : globOf(opType);
  const byName = name === undefined ? undefined : matcherOf(name);
  return (node) => (byType?.test(node.opType) ?? true) && (byName?.(node) ?? true);
}

function textMatcher(pattern: string): (node: Node) => boolean {
  if (pattern.startsWith('op:')) {
    const opType = globOf(pattern.slice(3));
    return (node) => opType.test(node.opType);
  }
  const glob = globOf(pattern);
  return (node) => glob.test(nameOf(node));
}

function globOf(glob: string): RegExp {
  const escaped = glob.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
