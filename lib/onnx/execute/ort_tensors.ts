// Tensors on their way to onnxruntime-node and back.
import { onnxError } from '../errors';
import type { ElementArray, ElementType, Feeds, TensorValue } from '../model';
import type { OrtModule, OrtTensor } from './onnxruntime_module';

/** What onnxruntime-node's Tensor can hold. */
const FEEDABLE: ReadonlySet<ElementType> = new Set<ElementType>([
  ...(['float32', 'float64', 'float16', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'] as const),
  ...(['int64', 'uint64', 'bool', 'string', 'int4', 'uint4'] as const),
]);

/** Throws ERR_UNSUPPORTED, naming the input, for a type that onnxruntime-node cannot be fed. */
export function toOrt({ Tensor }: OrtModule, feeds: Feeds): Record<string, OrtTensor> {
  const converted: Record<string, OrtTensor> = {};
  for (const [tensor, { type, data, dims }] of Object.entries(feeds)) {
    if (!FEEDABLE.has(type))
      throw onnxError('ERR_UNSUPPORTED', `input '${tensor}': onnxruntime-node cannot be fed ${type}`, { tensor });
    converted[tensor] = new Tensor(type, data, [...dims]);
  }
  return converted;
}

/** float16 comes as Float16Array where the runtime has one: the same bits as the Uint16Array that stands for it here. */
export function fromOrt({ type, dims, data }: OrtTensor): TensorValue {
  const { buffer, byteOffset, length } = data as Uint16Array;
  const bits = type === 'float16' && !(data instanceof Uint16Array);
  const values = bits ? new Uint16Array(buffer, byteOffset, length) : (data as ElementArray | readonly string[]);
  return { type, dims: [...dims], data: values };
}
