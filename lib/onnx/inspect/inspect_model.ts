// What a model consists of.
import { type FeedsDims, inferTypes } from '../infer';
import { GraphIndex, type Model, type Node, type ValueInfo } from '../model';
import {
  amounts,
  BYTE_TYPES,
  type Constant,
  constantsOf,
  FLOAT_TYPES,
  isWeight,
  ratio,
  shareOf,
  total,
  weightOf,
} from './constants';
import type { Inspection, PortInfo, QuantizedState, WeightInfo } from './inspection';
import { macsByOperator, sum, type Work, workOf } from './work';

export interface InspectOptions {
  /** Dims of the inputs, by name; default those that the model states, unknown ones as 1. */
  readonly dims?: FeedsDims | undefined;
}

function portOf({ name, type }: ValueInfo): PortInfo {
  if (type?.kind !== 'tensor') return { name, elementType: 'unknown', dims: null };
  return { name, elementType: type.elementType ?? 'unknown', dims: type.dims ?? null };
}

function operatorsOf(nodes: readonly Node[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

function stateOf(model: Model, index: GraphIndex, weights: readonly Constant[]): QuantizedState {
  const { nodes } = model.graph;
  const has = (test: (node: Node) => boolean) => nodes.some(test);
  if (has(({ opType }) => opType === 'DynamicQuantizeLinear' || opType === 'DynamicQuantizeMatMul')) return 'dynamic';
  if (has(({ opType }) => /^QLinear|^QGemm$/.test(opType))) return 'qoperator';
  if (has(({ opType, inputs }) => opType === 'QuantizeLinear' && index.constant(inputs[0] ?? '') === undefined))
    return 'static';
  const isNarrow = has(({ opType }) => ['MatMulNBits', 'MatMulBnb4', 'GatherBlockQuantized'].includes(opType));
  if (isNarrow || weights.some(({ tensor }) => BYTE_TYPES.has(tensor.type))) return 'weight-only';
  const halves = weights.filter(({ tensor }) => tensor.type === 'float16' || tensor.type === 'bfloat16');
  return halves.length > weights.length / 2 ? 'float16' : 'float';
}

function parametersOf(constants: readonly Constant[]): Inspection['parameters'] {
  return {
    ...total(constants),
    byType: amounts(constants, ({ tensor }) => tensor.type),
    byOperator: amounts(constants, ({ node }) => node?.opType ?? 'unused'),
  };
}

function macsOf(work: readonly Work[]): Inspection['macs'] {
  const weighted = sum(work.filter(({ isWeighted }) => isWeighted));
  return {
    total: sum(work),
    weighted,
    activations: sum(work) - weighted,
    byOperator: macsByOperator(work),
    unknown: work.filter(({ macs }) => macs === undefined).map(({ node }) => node.name || (node.outputs[0] ?? '')),
  };
}

function headOf({ irVersion, opsets, producer, metadata, graph }: Model) {
  return {
    irVersion,
    opsets: Object.fromEntries([...opsets].map(([domain, version]) => [domain || 'ai.onnx', version])),
    producer: { ...producer },
    metadata: Object.fromEntries(metadata),
    inputs: graph.inputs.map(portOf),
    outputs: graph.outputs.map(portOf),
    nodes: graph.nodes.length,
    operators: operatorsOf(graph.nodes),
  };
}

function largestFirst(constants: readonly Constant[]): WeightInfo[] {
  const matrices = constants.filter(({ tensor }) => tensor.dims.length > 1);
  return matrices.sort((a, b) => b.tensor.byteLength - a.tensor.byteLength).map(weightOf);
}

/**
 * What a model consists of: operators, parameters, multiplications, and the share of each that can be quantized or is. The model
 * is only read; the values of its weights are looked at one tensor at a time.
 * @throws ERR_SHAPE for dims that do not fit the inputs; ERR_FILE for weights in files that are gone
 */
export function inspectModel(model: Model, { dims }: InspectOptions = {}): Inspection {
  const index = new GraphIndex(model.graph);
  const constants = constantsOf(model, index);
  const weights = constants.filter(isWeight);
  const work = workOf(model, index, inferTypes(model, dims), weights);
  const macs = macsOf(work);
  const parameters = parametersOf(constants);
  const share = (part: readonly Constant[], muls: number | null) => shareOf(part, parameters, muls);
  const isByte = ({ tensor }: Constant) => BYTE_TYPES.has(tensor.type);
  const isFloat = ({ tensor }: Constant) => FLOAT_TYPES.has(tensor.type);
  const done = sum(work.filter(({ isQuantized }) => isQuantized));
  const tables = constants.filter(({ node, input }) => node?.opType === 'Gather' && input === 0);
  return {
    ...headOf(model),
    parameters,
    weights: largestFirst(constants),
    macs,
    state: stateOf(model, index, weights),
    quantizable: share(weights.filter(isFloat), ratio(macs.weighted, macs.total)),
    quantized: share(weights.filter(isByte), ratio(done, macs.total)),
    embeddings: share(tables, null),
  };
}
