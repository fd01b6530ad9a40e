// GELU spelled out becomes one node: D. Hendrycks, K. Gimpel, Gaussian Error Linear Units, 2016.
import { attribute, Node } from '../model';
import type { GraphEdit, Pass } from './graph_edit';
import { type Polynomial, polynomialOf } from './polynomial';
import { isNear, scalarOf, withScalar } from './scalar_constant';

/** The first version of the operator set that has Gelu. */
const GELU_OPSET = 20;

/** What the error function or the hyperbolic tangent is taken of. */
const INNER = {
  Erf: { approximate: 'none', coefficients: [0, Math.SQRT1_2] },
  Tanh: { approximate: 'tanh', coefficients: [0, Math.sqrt(2 / Math.PI), 0, 0.044715 * Math.sqrt(2 / Math.PI)] },
} as const;

const matches = (polynomial: Polynomial | undefined, expected: Polynomial): boolean =>
  polynomial !== undefined &&
  Array.from({ length: Math.max(polynomial.length, expected.length) }, (_, power) => power).every((power) => {
    const coefficient = expected[power] ?? 0;
    return coefficient === 0 ? (polynomial[power] ?? 0) === 0 : isNear(polynomial[power], coefficient);
  });

interface Factors {
  /** The tensor that the function is of, once it is found. */
  x: string | undefined;
  scalar: number;
}

/** Takes a factor into account: a number, the tensor itself, or a product of both. False for anything else. */
function takeFactor(edit: GraphEdit, name: string, factors: Factors, isX: (name: string) => boolean): boolean {
  const scalar = scalarOf(edit, name);
  if (scalar !== undefined) {
    factors.scalar *= scalar;
    return true;
  }
  if (factors.x !== undefined) return false;
  const producer = edit.ownProducer(name);
  const halved = producer?.is('Mul') ? withScalar(edit, producer) : undefined;
  if (isX(name)) factors.x = name;
  else if (halved !== undefined && isX(halved.tensor)) {
    factors.x = halved.tensor;
    factors.scalar *= halved.scalar;
  } else return false;
  return true;
}

/** Follows the products from 1 + f(u) on until they are x / 2 · (1 + f(u)). */
function followProducts(
  edit: GraphEdit,
  from: string,
  isX: (name: string) => boolean,
): { x: string; end: Node } | undefined {
  const factors: Factors = { x: undefined, scalar: 1 };
  for (let name = from; ; ) {
    const node = edit.onlyReader(name);
    if (!node?.is('Mul')) return undefined;
    const other = node.inputs[node.inputs[0] === name ? 1 : 0] as string;
    if (!takeFactor(edit, other, factors, isX)) return undefined;
    if (factors.x !== undefined && isNear(factors.scalar, 0.5)) return { x: factors.x, end: node };
    name = node.outputs[0] as string;
  }
}

function fuse(edit: GraphEdit, inner: Node): void {
  const { approximate, coefficients } = INNER[inner.opType as keyof typeof INNER];
  const add = edit.onlyReader(inner.outputs[0] as string);
  if (!add?.is('Add') || withScalar(edit, add)?.scalar !== 1) return;
  const isX = (name: string): boolean =>
    matches(polynomialOf(edit, inner.inputs[0] as string, name), coefficients) &&
    edit.type(name).elementType === 'float32';
  const found = followProducts(edit, add.outputs[0] as string, isX);
  if (found === undefined) return;
  const [name, output] = [found.end.name, found.end.outputs[0] as string];
  const attributes = { approximate: attribute.string(approximate) };
  const gelu = new Node({ opType: 'Gelu', name: name || output, inputs: [found.x], outputs: [output], attributes });
  edit.remove(found.end);
  edit.insertBefore(found.end, gelu);
  edit.log(`${inner.label} and what surrounds it fused to ${gelu.label}`);
}

export const fuseGelu: Pass = (edit) => {
  if (edit.model.opset < GELU_OPSET) return;
  for (const node of edit.nodes()) if (node.is('Erf') || node.is('Tanh')) fuse(edit, node);
};
