// Q/DQ to operators of integers: QLinearConv and the like, as older runtimes want them.
import { attribute, type Graph, GraphIndex, type Model, Node } from '../model';
import { pruneConstants } from './prune_constants';

const MICROSOFT = 'com.microsoft';

/** A tensor of integers with its parameters, as DequantizeLinear reads them. */
interface Integers {
  readonly quantized: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

interface Site {
  readonly node: Node;
  /** By the node's inputs; undefined where one is no DequantizeLinear's. */
  readonly inputs: readonly (Integers | undefined)[];
  /** The QuantizeLinear behind the node; undefined where its output stays real. */
  readonly output: Integers | undefined;
}

interface Operator {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
}

const triple = ({ quantized, scale, zeroPoint }: Integers): string[] => [quantized, scale, zeroPoint];
const pair = ({ scale, zeroPoint }: Integers): string[] => [scale, zeroPoint];

/** Inputs of an operator of one or more operands, each with its parameters, and then those of the output. */
function linear(opType: string, domain: string): (site: Site) => Operator | undefined {
  return ({ inputs, output }) => {
    if (output === undefined) return undefined;
    return { opType, domain, inputs: [...inputs.flatMap((input) => triple(input!)), ...pair(output)] };
  };
}

function conv({ inputs: [x, w, bias], output }: Site): Operator | undefined {
  if (output === undefined) return undefined;
  const behind = bias === undefined ? [] : [bias.quantized];
  return { opType: 'QLinearConv', domain: '', inputs: [...triple(x!), ...triple(w!), ...pair(output), ...behind] };
}

function gemm({ inputs: [a, b, bias], output }: Site): Operator {
  const behind = output === undefined ? [] : pair(output);
  const inputs = [...triple(a!), ...triple(b!), bias?.quantized ?? '', ...behind];
  return { opType: 'QGemm', domain: MICROSOFT, inputs };
}

function matMul(site: Site): Operator | undefined {
  if (site.output !== undefined) return linear('QLinearMatMul', '')(site);
  const [a, b] = site.inputs as [Integers, Integers];
  const inputs = [a.quantized, b.quantized, a.scale, b.scale, a.zeroPoint, b.zeroPoint];
  return { opType: 'MatMulIntegerToFloat', domain: MICROSOFT, inputs };
}

function concat({ inputs, output }: Site): Operator | undefined {
  if (output === undefined) return undefined;
  const operands = inputs.flatMap((input) => triple(input!));
  return { opType: 'QLinearConcat', domain: MICROSOFT, inputs: [...pair(output), ...operands] };
}

const OPERATORS = new Map<string, (site: Site) => Operator | undefined>([
  ['Conv', conv],
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Concat', concat],
  ...['Add', 'Mul', 'AveragePool', 'GlobalAveragePool', 'LeakyRelu', 'Sigmoid', 'Softmax'].map(
    (op) => [op, linear(`QLinear${op}`, MICROSOFT)] as const,
  ),
]);

/** Rewrites every node between Q/DQ for which there is an operator of integers; others stay as they are. */
export function toQOperator(model: Model): void {
  const { graph } = model;
  const sources = new Map<string, Integers>();
  const sinks = new Map<string, Node>();
  const index = new GraphIndex(graph);
  for (const node of graph.nodes) {
    const [quantized, scale, zeroPoint = ''] = node.inputs as [string, string, string?];
    if (node.is('DequantizeLinear')) sources.set(node.outputs[0]!, { quantized, scale, zeroPoint });
    const isAlone = index.uses(quantized).length === 1 && !index.isOutput(quantized);
    if (node.is('QuantizeLinear') && isAlone) sinks.set(quantized, node);
  }
  const gone = new Set<Node>();
  graph.nodes = graph.nodes.map((node) => operatorAt(node, sources, sinks, gone, model.opset) ?? node);
  graph.nodes = graph.nodes.filter((node) => !gone.has(node));
  dropUnread(graph);
  if (graph.nodes.some(({ domain }) => domain === MICROSOFT)) model.opsets.set(MICROSOFT, 1);
  pruneConstants(graph);
}

function operatorAt(
  node: Node,
  sources: ReadonlyMap<string, Integers>,
  sinks: ReadonlyMap<string, Node>,
  gone: Set<Node>,
  opset: number,
): Node | undefined {
  const rewrite = node.domain === '' ? OPERATORS.get(node.opType) : undefined;
  const inputs = node.inputs.filter((name) => name !== '').map((name) => sources.get(name));
  if (rewrite === undefined || inputs.includes(undefined)) return undefined;
  const sink = sinks.get(node.outputs[0]!);
  const output: Integers | undefined = sink && {
    quantized: sink.outputs[0]!,
    scale: sink.inputs[1]!,
    zeroPoint: sink.inputs[2]!,
  };
  const operator = rewrite({ node, inputs, output });
  if (operator === undefined) return undefined;
  if (sink !== undefined) gone.add(sink);
  const attributes = new Map(node.attributes);
  if (operator.opType === 'QLinearSoftmax') attributes.set('opset', attribute.int(opset));
  if (operator.opType === 'QGemm') attributes.delete('beta');
  const outputs = [output?.quantized ?? node.outputs[0]!];
  return new Node({ ...operator, name: node.name, outputs, attributes });
}

/** DequantizeLinear that nothing reads any more. */
function dropUnread(graph: Graph): void {
  const read = new Set(graph.outputs.map(({ name }) => name));
  for (const { inputs, graphs } of graph.nodes) {
    for (const name of inputs) read.add(name);
    if (graphs.length > 0) return;
  }
  graph.nodes = graph.nodes.filter((node) => !node.is('DequantizeLinear') || read.has(node.outputs[0]!));
}
