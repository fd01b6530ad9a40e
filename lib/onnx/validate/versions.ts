// Operator set and IR versions.
import type { Graph, Model, Node } from '../model';
import { invalid, type Problem } from './problem';

/** The IR version with which each operator set of the standard came, from onnx/helper.py's VERSION_TABLE. */
const IR_OF_OPSET: readonly (readonly [opset: number, irVersion: number])[] = [
  [28, 14],
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
  [9, 4],
  [1, 3],
];

/** The least IR version that goes with a version of the standard's operator set. */
export function irVersionOf(opset: number): number {
  return IR_OF_OPSET.find(([from]) => opset >= from)?.[1] ?? 3;
}

function* nodesOf(graph: Graph): Generator<Node> {
  for (const node of graph.nodes) {
    yield node;
    for (const inner of node.graphs) yield* nodesOf(inner);
  }
}

function* domainProblems(model: Model): Generator<Problem> {
  const local = new Set(model.origin?.functions.map(({ domain }) => domain));
  const missing = new Set<string>();
  for (const node of nodesOf(model.graph)) {
    const { domain, label } = node;
    if (model.opsets.has(domain) || local.has(domain) || missing.has(domain)) continue;
    missing.add(domain);
    const name = domain === '' ? 'ai.onnx' : domain;
    yield invalid(`${label} is of the operator set '${name}', of which the model names no version`, {
      node: node.name || label,
    });
  }
}

/** Versions that are missing, impossible, or do not go together. */
export function* versionProblems(model: Model): Generator<Problem> {
  if (!(model.irVersion >= 1)) yield invalid(`the IR version is ${model.irVersion}, expected 3 or more`);
  if (model.opsets.size === 0) yield invalid('the model names no operator set');
  for (const [domain, version] of model.opsets)
    if (!(version >= 1)) yield invalid(`the operator set '${domain || 'ai.onnx'}' has the version ${version}`);
  yield* domainProblems(model);
  const opset = model.opsets.get('') ?? 1;
  const expected = irVersionOf(opset);
  if (model.irVersion < expected) {
    const message = `IR version ${model.irVersion} is older than opset ${opset}, which came with ${expected}`;
    yield { severity: 'warning', rule: 'Q004', message };
  }
}
