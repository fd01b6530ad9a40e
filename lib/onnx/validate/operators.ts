// Nodes as the standard describes their operators: how many inputs and outputs, which attributes of which kind.
import type { Attribute, Graph, Model, Node } from '../model';
import { type AttributeSchema, NEWEST_OPSET, type OperatorSchema, operatorSchema } from '../operators';
import { invalid, type Problem } from './problem';

const within = (count: number, [least, most]: readonly [number, number]): boolean => count >= least && count <= most;

function rangeText([least, most]: readonly [number, number]): string {
  if (least === most) return String(least);
  return most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
}

function* countProblems(node: Node, { inputs, outputs }: OperatorSchema): Generator<string> {
  if (!within(node.inputs.length, inputs))
    yield `${node.label} has ${node.inputs.length} inputs, expected ${rangeText(inputs)}`;
  if (!within(node.outputs.length, outputs))
    yield `${node.label} has ${node.outputs.length} outputs, expected ${rangeText(outputs)}`;
}

/** A reference to an attribute of a function, and kinds that octavo passes on, are of any kind here. */
const fits = ({ kind }: Attribute, schema: AttributeSchema): boolean =>
  kind === 'other' || schema.kind === 'unread' || kind === schema.kind;

function* attributeProblems(node: Node, { attributes }: OperatorSchema): Generator<string> {
  for (const [name, attribute] of node.attributes) {
    const schema = attributes.get(name);
    if (schema === undefined) yield `${node.label} has the attribute '${name}', which the operator does not have`;
    else if (!fits(attribute, schema))
      yield `attribute '${name}' of ${node.label} is of kind ${attribute.kind}, expected ${schema.kind}`;
  }
  for (const [name, { required }] of attributes)
    if (required && !node.attributes.has(name)) yield `${node.label} lacks the attribute '${name}'`;
}

/** One operator was deprecated with the version that brought it, and runs; others have no meaning left. */
const isGone = ({ deprecated, opType }: OperatorSchema): boolean => deprecated && opType !== 'GroupNormalization';

function* nodeProblems(node: Node, opset: number): Generator<Problem> {
  const place = { node: node.name || node.label };
  const schema = operatorSchema(node.opType, opset);
  if (schema === undefined) {
    // Runtimes have operators of their own in the standard's domain.
    const message = `${node.label} is no operator of opset ${opset}`;
    yield { severity: 'warning', rule: 'Q035', message, ...place };
    return;
  }
  if (isGone(schema)) yield invalid(`${node.label} is no operator any more since opset ${schema.since}`, place);
  for (const message of countProblems(node, schema)) yield invalid(message, place);
  for (const message of attributeProblems(node, schema)) yield invalid(message, place);
}

function* graphProblems(graph: Graph, opset: number): Generator<Problem> {
  for (const node of graph.nodes) {
    if (node.domain === '' && node.opType !== '') yield* nodeProblems(node, opset);
    for (const inner of node.graphs) yield* graphProblems(inner, opset);
  }
}

/** Nodes of the standard's operators that these do not allow, up to the newest operator set that is known here. */
export function* operatorProblems(model: Model): Generator<Problem> {
  const opset = model.opsets.get('');
  if (opset !== undefined && opset <= NEWEST_OPSET) yield* graphProblems(model.graph, opset);
}
