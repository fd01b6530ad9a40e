// Inputs and outputs of a model that became integers: their parameters, and floats in and out all the same.
import { dequantize, type QParams, QuantizedTensor, quantize } from '../../quantize';
import type { DataOf, TensorLike } from '../../tensor';
import { type Feeds, GraphIndex, type Model, type TensorValue, type ValueInfo } from '../model';

type ByteParams = QParams<'int8' | 'uint8'>;

/** Parameters by the names of inputs and outputs that are integers where the float model has floats. */
export type Boundary = ReadonlyMap<string, ByteParams>;

const typeOf = ({ type }: ValueInfo): string | undefined => (type?.kind === 'tensor' ? type.elementType : undefined);

function paramsFrom(
  index: GraphIndex,
  type: string,
  scale: string | undefined,
  zeroPoint: string | undefined,
): ByteParams | undefined {
  const scales = index.constant(scale ?? '');
  if (scales === undefined || (type !== 'int8' && type !== 'uint8')) return undefined;
  const zeros = index.constant(zeroPoint ?? '')?.array();
  return {
    type,
    scale: Float32Array.from(scales.floats()),
    zeroPoint: Int32Array.from(zeros === undefined ? [0] : Array.from(zeros as Int8Array)),
    granularity: 'tensor',
  };
}

/** DequantizeLinear and the integer operators of the standard have scale and zero point behind their first input. */
function inputParams(index: GraphIndex, name: string, type: string): ByteParams | undefined {
  const use = index.uses(name).find(({ input, node }) => input === 0 && node.inputs.length > 1);
  return use && paramsFrom(index, type, use.node.inputs[1], use.node.inputs[2]);
}

/** QuantizeLinear has them behind its input; QLinearConv and QLinearMatMul have them behind both operands. */
function outputParams(index: GraphIndex, name: string, type: string): ByteParams | undefined {
  const node = index.producer(name);
  if (node === undefined) return undefined;
  const at = node.is('QuantizeLinear') ? 1 : 6;
  return paramsFrom(index, type, node.inputs[at], node.inputs[at + 1]);
}

/** Compares the inputs and outputs of both models by name. */
export function boundaryOf(float: Model, quantized: Model): Boundary {
  const index = new GraphIndex(quantized.graph);
  const found = new Map<string, ByteParams>();
  const look = (now: readonly ValueInfo[], before: readonly ValueInfo[], read: typeof inputParams): void => {
    for (const info of now) {
      const [type, was] = [typeOf(info), before.find(({ name }) => name === info.name)];
      if (type === undefined || was === undefined || typeOf(was) !== 'float32' || type === 'float32') continue;
      const params = read(index, info.name, type);
      if (params !== undefined) found.set(info.name, params);
    }
  };
  look(quantized.graph.inputs, float.graph.inputs, inputParams);
  look(quantized.graph.outputs, float.graph.outputs, outputParams);
  return found;
}

/** Feeds of the float model as the quantized one takes them. */
export function quantizeFeeds(feeds: Feeds, boundary: Boundary): Feeds {
  if (boundary.size === 0) return feeds;
  const entries = Object.entries(feeds).map(([name, value]) => {
    const params = boundary.get(name);
    if (params === undefined || value.type !== 'float32') return [name, value];
    const { type, dims, data } = quantize(value as TensorLike<'float32'>, params);
    return [name, { type, dims, data } as TensorValue];
  });
  return Object.fromEntries(entries) as Feeds;
}

/** Results of the quantized model as the float one gives them. */
export function dequantizeResults(
  results: Record<string, TensorValue>,
  boundary: Boundary,
): Record<string, TensorValue> {
  if (boundary.size === 0) return results;
  const entries = Object.entries(results).map(([name, value]) => {
    const params = boundary.get(name);
    if (params === undefined || value.type !== params.type) return [name, value];
    const { dims, data } = dequantize(new QuantizedTensor(value.data as DataOf<'int8' | 'uint8'>, value.dims, params));
    return [name, { type: 'float32', dims, data } as TensorValue];
  });
  return Object.fromEntries(entries) as Record<string, TensorValue>;
}

/** "input 'x' is uint8: real = 0.00784 (q - 128)". */
export function boundaryNotes(boundary: Boundary): string[] {
  return [...boundary].map(
    ([name, { type, scale, zeroPoint }]) => `'${name}' is ${type}: real = ${scale[0]} * (q - ${zeroPoint[0]})`,
  );
}
