// Brings a model to a newer version of the standard's operator set.
import { onnxError } from '../errors';
import type { Graph, Model, Node } from '../model';
import { NEWEST_OPSET, type OperatorSchema, operatorSchema } from '../operators';
import { irVersionOf } from '../validate';
import type { Change, Changes } from './change';
import { ATTRIBUTES_TO_INPUTS } from './changes/attributes_to_inputs';
import { DEFAULTS } from './changes/defaults';
import { NORMALIZATION } from './changes/normalization';
import { RESIZE } from './changes/resize';
import { SOFTMAX } from './changes/softmax';
import { FreshNames, lazyTypes, type Scope, Step } from './step';

/** The oldest operator set that can be raised: before it, broadcasting was an attribute. */
const OLDEST_OPSET = 7;

const TABLES: readonly Changes[] = [ATTRIBUTES_TO_INPUTS, DEFAULTS, NORMALIZATION, RESIZE, SOFTMAX];

const changeOf = (opType: string, version: number): Change | undefined =>
  TABLES.map((table) => table[opType]?.[version]).find((change) => change !== undefined);

interface Raising {
  readonly version: number;
  readonly names: FreshNames;
  readonly types: ReturnType<typeof lazyTypes>;
}

function refuseUnknown(node: Node, version: number, to: number): never {
  const message = `${node.label} is no operator of opset ${version}, so that it cannot be raised to opset ${to}`;
  throw onnxError('ERR_UNSUPPORTED', message, { node: node.name || node.label });
}

/** The standard deprecated one operator with the version that brought it: that one runs. */
const isGone = ({ deprecated, opType }: OperatorSchema): boolean => deprecated && opType !== 'GroupNormalization';

/** Nodes in place of one; itself where nothing changed. */
function raiseNode(node: Node, step: Step): readonly Node[] {
  if (node.domain !== '') return [node];
  const before = operatorSchema(node.opType, step.version - 1);
  if (before === undefined || isGone(before)) refuseUnknown(node, step.version - 1, step.version);
  return changeOf(node.opType, step.version)?.(node, step) ?? [node];
}

function raiseGraph(graph: Graph, raising: Raising, outer?: Scope): void {
  const scope: Scope = { graph, outer };
  const step = new Step(raising.version, scope, raising.names, raising.types);
  graph.nodes = graph.nodes.flatMap((node) => {
    for (const inner of node.graphs) raiseGraph(inner, raising, scope);
    return raiseNode(node, step);
  });
}

/** Functions of the model speak versions of their own; runtimes want their operators to be the same in the model's. */
function checkFunctions(model: Model, from: number, to: number): void {
  for (const { name, domain, node } of model.origin?.functions ?? []) {
    const changed = node.find(
      (one) => one.domain === '' && operatorSchema(one.opType, from)?.since !== operatorSchema(one.opType, to)?.since,
    );
    if (changed === undefined) continue;
    const message = `the function ${domain}.${name} uses ${changed.opType}, which opset ${to} has changed`;
    throw onnxError('ERR_UNSUPPORTED', message, { node: name, hint: 'Inline the functions of the model.' });
  }
}

function checkVersions(from: number, to: number): void {
  if (!Number.isInteger(to) || to < 1 || to > NEWEST_OPSET)
    throw onnxError('ERR_RANGE', `the opset must be an integer from 1 to ${NEWEST_OPSET}, got ${to}`);
  if (to < from) throw onnxError('ERR_RANGE', `a model of opset ${from} cannot be lowered to opset ${to}`);
  if (to > from && from < OLDEST_OPSET)
    throw onnxError('ERR_UNSUPPORTED', `a model of opset ${from} cannot be raised: expected opset 7 or newer`, {
      hint: 'Export it again, or raise it to opset 7 with the tool that made it.',
    });
}

/**
 * A copy of a model in terms of operator set `version` of the standard, 7 or more; other operator sets stay. Operators
 * whose meaning changed in between are converted; the IR version is raised to the one that goes with it.
 * @throws ERR_UNSUPPORTED naming the node that cannot be converted, and for models older than opset 7; ERR_RANGE for a
 *   version below the model's, or above 25
 */
export function raiseOpset(model: Model, version: number): Model {
  const from = model.opset;
  checkVersions(from, version);
  const raised = model.clone();
  if (version > from) {
    checkFunctions(model, from, version);
    const names = new FreshNames(raised);
    const types = lazyTypes(model);
    for (let step = from + 1; step <= version; step++) raiseGraph(raised.graph, { version: step, names, types });
  }
  raised.opsets.set('', version);
  raised.irVersion = Math.max(raised.irVersion, irVersionOf(version));
  return raised;
}

/** The model itself if it is of opset `version` or newer, else raised to it. */
export function raiseIfBelow(model: Model, version: number): Model {
  return model.opset >= version ? model : raiseOpset(model, version);
}
