// TensorProto → ModelTensor: raw bytes, the typed fields, or a place in a file beside the model.
import { productOf } from '../../tensor/tensor';
import { onnxError } from '../errors';
import {
  allocateArray,
  byteLengthOf,
  type ElementArray,
  type ElementType,
  elementTypeOf,
  ModelTensor,
  type NumericType,
  rememberOrigin,
  type TensorSource,
} from '../model';
import { type TensorProto, TensorProto_DataLocation } from '../schema/onnx_pb';
import type { ExternalData } from './external_data';

const refuse = (tensor: string, fault: string): never => {
  throw onnxError('ERR_FILE', `tensor '${tensor}' ${fault}`, { tensor });
};

function dimsOf(proto: TensorProto): number[] {
  let product = 1;
  return proto.dims.map((dim) => {
    product *= dim === 0n ? 1 : Number(dim);
    // 16 bytes an element at most: the byte length stays an exact number too.
    if (dim < 0n || product > Number.MAX_SAFE_INTEGER / 16)
      refuse(proto.name, `has the impossible dims [${proto.dims.slice(0, 16).join(', ')}]`);
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

/** Complex values are two elements of their field, packed types of 4 and 2 bits one a byte. */
function fromTypedField(proto: TensorProto, type: NumericType, byteLength: number): Uint8Array {
  const values = typedField(proto, type);
  const none = allocateArray(type, 0);
  const expected = byteLength / none.BYTES_PER_ELEMENT;
  if (values.length !== expected) refuse(proto.name, `has ${values.length} values of ${type}, expected ${expected}`);
  const array = new (none.constructor as new (length: number) => ElementArray)(expected);
  const numbers = type === 'uint32' ? values.map(Number) : values;
  (array as { set(values: readonly (number | bigint)[]): void }).set(numbers);
  return new Uint8Array(array.buffer);
}

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

function stringsOf(proto: TensorProto, count: number): string[] {
  if (proto.stringData.length !== count)
    refuse(proto.name, `has ${proto.stringData.length} strings, expected ${count}`);
  const decoder = new TextDecoder();
  return proto.stringData.map((one) => decoder.decode(one));
}

/** Throws ERR_FILE for a tensor whose data do not fit its type and dims; ERR_UNSUPPORTED for an unknown element type. */
export function readTensor(proto: TensorProto, external: ExternalData): ModelTensor {
  const type: ElementType | undefined = elementTypeOf(proto.dataType);
  if (type === undefined)
    throw onnxError('ERR_UNSUPPORTED', `tensor '${proto.name}' has the unknown element type ${proto.dataType}`, {
      tensor: proto.name,
    });
  if (proto.segment !== undefined) refuse(proto.name, 'is one segment of a larger tensor, expected a whole one');
  const dims = dimsOf(proto);
  const count = productOf(dims);
  const tensor =
    type === 'string'
      ? ModelTensor.ofStrings(dims, stringsOf(proto, count))
      : new ModelTensor(type, dims, sourceOf(proto, type, byteLengthOf(type, count), external));
  // A place in a file holds where the model was read, not where it is written.
  if (tensor.source.kind !== 'file') rememberOrigin(tensor, proto);
  return tensor;
}
