// Is a model valid, as the standard's own checker sees it?
import { onnxError } from '../errors';
import type { Graph, Model } from '../model';
import { nameProblems } from './names';
import { operatorProblems } from './operators';
import { invalid, type Problem } from './problem';
import { tensorProblems } from './tensors';
import { versionProblems } from './versions';

function* graphProblems(graph: Graph): Generator<Problem> {
  if (graph.name === '') yield { severity: 'warning', rule: 'Q035', message: 'the graph has no name' };
  for (const node of graph.nodes) if (node.opType === '') yield invalid('a node has no operator', { node: node.name });
  yield* nameProblems(graph);
  yield* tensorProblems(graph);
}

/**
 * What the standard's checker would refuse: versions that are missing or impossible, names that stand twice or nothing
 * writes, nodes out of topological order, constants whose data do not fit, nodes with other inputs, outputs or attributes
 * than their operator has; in graphs within nodes too. Operators that the standard does not have are warnings.
 */
export function problemsOf(model: Model): Problem[] {
  return [...versionProblems(model), ...graphProblems(model.graph), ...operatorProblems(model)];
}

/** Throws ERR_FILE with the first problem that is an error, naming its node and tensor. */
export function validateModel(model: Model): void {
  const errors = problemsOf(model).filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more problems)`;
  throw onnxError('ERR_FILE', `not a valid model: ${first.message}${more}`, { node: first.node, tensor: first.tensor });
}
