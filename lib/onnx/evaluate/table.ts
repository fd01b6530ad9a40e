// Every operator that the reference interpreter knows, by domain and op type.
import type { Node } from '../model';
import { type Family, NEWEST_OPSET, type Operator, refuseOperator } from './operator';
import { MICROSOFT, STANDARD } from './operators/families';

const FAMILIES: ReadonlyMap<string, Family> = new Map([
  ['', STANDARD],
  ['com.microsoft', MICROSOFT],
]);

function find(node: Node, opset: number): Operator | undefined {
  const family = FAMILIES.get(node.domain === 'ai.onnx' ? '' : node.domain);
  if (family === undefined || !Object.hasOwn(family, node.opType)) return undefined;
  const { since, evaluate } = family[node.opType]!;
  const known = node.domain === 'com.microsoft' || (opset >= since && opset <= NEWEST_OPSET);
  return known ? evaluate : undefined;
}

export function knows(node: Node, opset: number): boolean {
  return find(node, opset) !== undefined;
}

/** What computes a node. Throws ERR_UNSUPPORTED, naming node, operator, domain and operator set. */
export function kernelOf(node: Node, opset: number): Operator {
  return find(node, opset) ?? refuseOperator(node, opset);
}

/** Every operator that is known, with the first and the last operator set: for documentation. */
export function evaluatedOperators(): { domain: string; opType: string; since: number; until: number }[] {
  return [...FAMILIES].flatMap(([domain, family]) =>
    Object.entries(family)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([opType, { since }]) => ({ domain, opType, since, until: domain === '' ? NEWEST_OPSET : 1 })),
  );
}
