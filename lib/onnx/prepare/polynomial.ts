// What part of a graph computes of one tensor, as a polynomial: exporters spell the same formula in many ways.
import type { Node } from '../model';
import type { GraphEdit } from './graph_edit';
import { scalarOf } from './scalar_constant';

/** Coefficients by power. */
export type Polynomial = readonly number[];

const DEEPEST = 8;
const HIGHEST_POWER = 4;

const sum = (a: Polynomial, b: Polynomial, sign: number): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + sign * (b[i] ?? 0));

function product(a: Polynomial, b: Polynomial): number[] | undefined {
  const result = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, k) => {
      result[i + k] = (result[i + k] as number) + x * y;
    });
  });
  return result.length - 1 <= HIGHEST_POWER ? result : undefined;
}

function combine(node: Node, a: Polynomial, b: Polynomial): number[] | undefined {
  if (node.is('Add')) return sum(a, b, 1);
  if (node.is('Sub')) return sum(a, b, -1);
  if (node.is('Mul')) return product(a, b);
  const divisor = b.length === 1 ? (b[0] as number) : 0;
  if (node.is('Div') && divisor !== 0) return a.map((x) => x / divisor);
  if (!node.is('Pow') || b.length !== 1 || !Number.isInteger(b[0]) || (b[0] as number) < 1) return undefined;
  let power: number[] | undefined = [...a];
  for (let i = 1; i < (b[0] as number) && power !== undefined; i++) power = product(power, a);
  return power;
}

/** The polynomial of `x` that `name` holds; undefined if it is none that can be told. */
export function polynomialOf(edit: GraphEdit, name: string, x: string, depth = 0): Polynomial | undefined {
  if (name === x) return [0, 1];
  const scalar = scalarOf(edit, name);
  if (scalar !== undefined) return [scalar];
  const node = edit.producer(name);
  if (node === undefined || node.inputs.length !== 2 || depth === DEEPEST) return undefined;
  const [a, b] = node.inputs.map((input) => polynomialOf(edit, input, x, depth + 1));
  return a === undefined || b === undefined ? undefined : combine(node, a, b);
}
