// Numbers that a graph holds as constants of one value.
import type { Node } from '../model';
import type { GraphEdit } from './graph_edit';

/** The value of a float32 constant that holds one; undefined for anything else. */
export function scalarOf(edit: GraphEdit, name: string | undefined): number | undefined {
  const values = edit.floats(name);
  return values?.length === 1 ? values[0] : undefined;
}

/** Both operands of a node as a tensor and a number, whichever comes first; undefined if neither is a number. */
export function withScalar(
  edit: GraphEdit,
  node: Node,
): { readonly tensor: string; readonly scalar: number } | undefined {
  const [a, b] = node.inputs as [string, string];
  if (node.inputs.length !== 2) return undefined;
  const second = scalarOf(edit, b);
  if (second !== undefined) return { tensor: a, scalar: second };
  const first = scalarOf(edit, a);
  return first === undefined ? undefined : { tensor: b, scalar: first };
}

/** Equal but for the rounding of constants that exporters print. */
export const isNear = (value: number | undefined, expected: number): boolean =>
  value !== undefined && Math.abs(value - expected) <= 1e-5 * Math.abs(expected);
