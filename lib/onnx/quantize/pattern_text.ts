// Patterns of nodes as text, for recipes.
import type { NodePattern } from '../selection';

/** A pattern as JSON can hold it; of a function only its name is known. */
export function matcherText(pattern: NodePattern): string | object {
  if (typeof pattern === 'string') return pattern;
  if (pattern instanceof RegExp) return String(pattern);
  if (typeof pattern === 'function') return `function ${pattern.name}`;
  const { opType, name } = pattern;
  return { opType, name: name instanceof RegExp ? String(name) : name };
}
