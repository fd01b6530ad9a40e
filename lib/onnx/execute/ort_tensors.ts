// Tensors on their way to onnxruntime-node and back.
import type { ElementArray, ElementType, Feeds, Model, TensorValue } from '../model';
import type { OrtModule, OrtTensor } from './onnxruntime_module';

/** What onnxruntime-node takes and gives back; there are no 4-bit types among it. */
const CARRIED: ReadonlySet<ElementType> = new Set<ElementType>([
  ...(['float32', 'float64', 'float16', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'] as const),
  ...(['int64', 'uint64', 'bool', 'string'] as const),
]);

/** The first input or output whose stated type onnxruntime-node cannot carry. */
export function notCarried({ graph }: Model): { readonly name: string; readonly type: string } | undefined {
  for (const { name, type } of [...graph.inputs, ...graph.outputs])
    if (type?.kind === 'tensor' && type.elementType !== undefined && !CARRIED.has(type.elementType))
      return { name, type: type.elementType };
  return undefined;
}

export function toOrt({ Tensor }: OrtModule, feeds: Feeds): Record<string, OrtTensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, [...dims])]),
  );
}

/** float16 comes as Float16Array where the runtime has one: the same bits as the Uint16Array that stands for it here. */
export function fromOrt({ type, dims, data }: OrtTensor): TensorValue {
  const { buffer, byteOffset, length } = data as Uint16Array;
  const bits = type === 'float16' && !(data instanceof Uint16Array);
  const values = bits ? new Uint16Array(buffer, byteOffset, length) : (data as ElementArray | readonly string[]);
  return { type, dims: [...dims], data: values };
}
