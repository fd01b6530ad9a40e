// ValueInfo → ValueInfoProto.
import { create } from '@bufbuild/protobuf';
import { codeOf, type Dim, originOf, type ValueInfo, type ValueType } from '../model';
import {
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../schema/onnx_pb';

function writeDim(dim: Dim): TensorShapeProto_Dimension {
  if (dim === null) return create(TensorShapeProto_DimensionSchema);
  if (typeof dim === 'string')
    return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: dim } });
  return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(dim) } });
}

function writeType(type: ValueType): TypeProto {
  if (type.kind === 'other') return type.proto;
  const { dims, elementType } = type;
  const value = {
    elemType: elementType === undefined ? 0 : codeOf(elementType),
    ...(dims === undefined ? {} : { shape: { dim: dims.map(writeDim) } }),
  };
  return create(TypeProtoSchema, { value: { case: 'tensorType', value } });
}

export function writeValueInfo(info: ValueInfo): ValueInfoProto {
  const origin = originOf(info);
  if (origin !== undefined) return origin;
  return create(ValueInfoProtoSchema, {
    name: info.name,
    ...(info.type === undefined ? {} : { type: writeType(info.type) }),
  });
}
