// ModelTensor → TensorProto.
import { create } from '@bufbuild/protobuf';
import { onnxError } from '../errors';
import { codeOf, type ModelTensor, originOf } from '../model';
import { type TensorProto, TensorProtoSchema } from '../schema/onnx_pb';
import { withFields } from './fields';

/** A tensor's message and the bytes of its raw_data, which the message does not hold: they are written after it. */
export interface SplitTensor {
  readonly message: TensorProto;
  /** undefined: the values are in the message. */
  readonly raw: ModelTensor | undefined;
}

/** Splits a tensor's message from its bytes, so that these need not be there while others are written. */
export function splitTensor(name: string, tensor: ModelTensor): SplitTensor {
  const origin = originOf(tensor);
  const inMessage = origin !== undefined && origin.rawData.length === 0;
  if (inMessage) return { message: withFields(origin, { name }), raw: undefined };
  const fields = { name, dims: tensor.dims.map(BigInt), dataType: codeOf(tensor.type) };
  if (tensor.source.kind === 'strings') {
    const encoder = new TextEncoder();
    const stringData = tensor.source.strings.map((one) => encoder.encode(one));
    return { message: create(TensorProtoSchema, { ...fields, stringData }), raw: undefined };
  }
  const message =
    origin === undefined
      ? create(TensorProtoSchema, fields)
      : withFields(origin, { ...fields, rawData: new Uint8Array(0) });
  return { message, raw: tensor };
}

/** The bytes of a tensor's raw_data; throws ERR_SHAPE if a source gives other than it promised. */
export function rawBytes(name: string, tensor: ModelTensor): Uint8Array {
  const bytes = tensor.bytes();
  if (bytes.length === tensor.byteLength) return bytes;
  const message = `tensor '${name}' gave ${bytes.length} bytes, expected ${tensor.byteLength}`;
  throw onnxError('ERR_SHAPE', message, { tensor: name });
}

/** The whole tensor as one message. */
export function writeTensor(name: string, tensor: ModelTensor): TensorProto {
  const { message, raw } = splitTensor(name, tensor);
  return raw === undefined ? message : withFields(message, { rawData: rawBytes(name, raw) });
}
