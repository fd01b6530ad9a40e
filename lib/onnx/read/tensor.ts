// TensorProto → ModelTensor: raw bytes, the typed fields, or a place in a file beside the model.
import { makeError } from '../../errors';
import { productOf } from '../../tensor/tensor';
import {
  allocateArray,
  byteLengthOf,
  type ElementArray,
  type ElementType,
  elementTypeOf,
  ModelTensor,
  type NumericType,
  type TensorSource,
} from '../model';
import { type TensorProto, TensorProto_DataLocation } from '../schema/onnx_pb';
import type { ExternalData } from './external_data';

const refuse = (name: string, fault: string): never => {
  throw makeError('ERR_FILE', `tensor '${name}' ${fault}`);
};

function dimsOf(proto: TensorProto): number[] {
  let product = 1;
  return proto.dims.map((dim) => {
    product *= dim === 0n ? 1 : Number(dim);
    if (dim < 0n || product > Number.MAX_SAFE_INTEGER)
      refuse(proto.name, `has the impossible dims [${proto.dims.join(', ')}]`);
    return Number(dim);
  });
}

/** The field that holds values of a type when raw_data does not. */
function typedField(proto: TensorProto, type: NumericType): readonly (number | bigint)[] {
  if (type === 'float32' || type === 'complex64') return proto.floatData;
  if (type === 'float64' || type === 'complex128') return proto.doubleData;
  if (type === 'int64') return proto.int64Data;
  if (type === 'uint32' || type === 'uint64') return proto.uint64Data;
  return proto.int32Data;
}

function fromTypedField(proto: TensorProto, type: NumericType, byteLength: number): Uint8Array {
  const values = typedField(proto, type);
  const bytesPerElement = allocateArray(type, 0).BYTES_PER_ELEMENT;
  if (values.length * bytesPerElement !== byteLength)
    refuse(proto.name, `has ${values.length} values of ${type}, expected ${byteLength / bytesPerElement}`);
  const array = allocateArray(type, (byteLength * 8) / Math.min(8 * bytesPerElement, bitsPer(type)));
  const numbers = type === 'uint32' ? values.map(Number) : values;
  (array as { set(values: readonly (number | bigint)[]): void }).set(numbers);
  return bytesOf(array);
}

const bitsPer = (type: NumericType): number => byteLengthOf(type, 8);
const bytesOf = (array: ElementArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function sourceOf(proto: TensorProto, type: NumericType, byteLength: number, external: ExternalData): TensorSource {
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) return external.source(proto, byteLength);
  if (proto.rawData.length === 0) return { kind: 'bytes', bytes: fromTypedField(proto, type, byteLength) };
  if (proto.rawData.length !== byteLength)
    refuse(
      proto.name,
      `has ${proto.rawData.length} bytes, expected ${byteLength} for ${type} [${proto.dims.join(', ')}]`,
    );
  return { kind: 'bytes', bytes: proto.rawData };
}

/** Throws ERR_FILE for a tensor whose data do not fit its type and dims; ERR_UNSUPPORTED for an unknown element type. */
export function readTensor(proto: TensorProto, external: ExternalData): ModelTensor {
  const type: ElementType | undefined = elementTypeOf(proto.dataType);
  if (type === undefined)
    throw makeError('ERR_UNSUPPORTED', `tensor '${proto.name}' has the unknown element type ${proto.dataType}`);
  const dims = dimsOf(proto);
  const count = productOf(dims);
  if (type === 'string') {
    if (proto.stringData.length !== count)
      refuse(proto.name, `has ${proto.stringData.length} strings, expected ${count}`);
    const decoder = new TextDecoder();
    return new ModelTensor(type, dims, {
      kind: 'strings',
      strings: proto.stringData.map((one) => decoder.decode(one)),
    });
  }
  return new ModelTensor(type, dims, sourceOf(proto, type, byteLengthOf(type, count), external));
}
