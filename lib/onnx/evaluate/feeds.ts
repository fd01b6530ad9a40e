// What is fed to a graph, checked against what its inputs promise.
import { productOf } from '../../tensor/tensor';
import { show } from '../../validate';
import { onnxError } from '../errors';
import {
  allocateArray,
  byteLengthOf,
  type ElementArray,
  type Feeds,
  type Graph,
  type TensorValue,
  type ValueInfo,
} from '../model';

/** The inputs of a graph by name. Throws ERR_SHAPE or ERR_DTYPE, naming the input, for one that is missing or does not fit. */
export function checkFeeds(graph: Graph, feeds: Feeds): Map<string, TensorValue> {
  const known = new Set(graph.inputs.map(({ name }) => name));
  for (const name of Object.keys(feeds))
    if (!known.has(name))
      throw onnxError('ERR_RANGE', `the model has no input '${name}', its inputs are ${inputNames(graph)}`, {
        tensor: name,
      });
  const checked = new Map<string, TensorValue>();
  for (const input of graph.inputs) {
    const value = feeds[input.name];
    if (value === undefined)
      throw onnxError('ERR_RANGE', `the input '${input.name}' is not fed`, { tensor: input.name });
    checked.set(input.name, checkFeed(input, value));
  }
  return checked;
}

const inputNames = (graph: Graph): string => graph.inputs.map(({ name }) => `'${name}'`).join(', ');

function checkFeed({ name, type }: ValueInfo, value: TensorValue): TensorValue {
  const refuse = (code: 'ERR_SHAPE' | 'ERR_DTYPE', told: string): never => {
    throw onnxError(code, `the input '${name}' ${told}`, { tensor: name });
  };
  const { dims, data, type: given } = value;
  if (!Array.isArray(dims) || data === undefined)
    refuse('ERR_DTYPE', `must be a tensor { type, dims, data }, got ${show(value)}`);
  if (!dims.every((dim) => Number.isInteger(dim) && dim >= 0))
    refuse('ERR_SHAPE', `has the impossible dims [${dims.join(', ')}]`);
  if (type?.kind === 'tensor') {
    if (type.elementType !== undefined && type.elementType !== given)
      refuse('ERR_DTYPE', `must be ${type.elementType}, got ${given}`);
    const fits = type.dims?.every((dim, i) => typeof dim !== 'number' || dim === dims[i]);
    if (type.dims !== undefined && (type.dims.length !== dims.length || fits !== true))
      refuse('ERR_SHAPE', `must be [${type.dims.map((dim) => dim ?? '?').join(', ')}], got [${dims.join(', ')}]`);
  }
  const array = arrayOf(value) ?? refuse('ERR_DTYPE', `of type ${given} has data of another kind, got ${show(data)}`);
  if (array.length !== lengthOf(value)) refuse('ERR_SHAPE', `[${dims.join(', ')}] has ${array.length} values`);
  return { type: given, dims: [...dims], data: array };
}

function lengthOf({ type, dims }: TensorValue): number {
  const count = productOf(dims);
  return type === 'string' ? count : byteLengthOf(type, count) / allocateArray(type, 0).BYTES_PER_ELEMENT;
}

/** The data in the array class of their type; a Float16Array as its bits. */
function arrayOf({ type, data }: TensorValue): ElementArray | readonly string[] | undefined {
  if (type === 'string') return Array.isArray(data) ? data : undefined;
  const sample = allocateArray(type, 0);
  const array = data as ElementArray;
  if (!ArrayBuffer.isView(array)) return undefined;
  const kind = Object.prototype.toString.call(array);
  if (kind === Object.prototype.toString.call(sample)) return array;
  if (type === 'float16' && kind === '[object Float16Array]') {
    const { buffer, byteOffset, length } = array as ElementArray;
    return new Uint16Array(buffer, byteOffset, length);
  }
  return undefined;
}
