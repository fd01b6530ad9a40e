// Which message an object was read from. What no pass has replaced is written as it came, with all that the object does not
// hold: documentation, unknown fields, the field that its values lie in. A new object has no origin.
import type { AttributeProto, TensorProto, ValueInfoProto } from '../schema/onnx_pb';
import type { Attribute } from './attribute';
import type { ValueInfo } from './graph';
import type { ModelTensor } from './model_tensor';

const origins = new WeakMap<object, object>();

export function rememberOrigin(value: ModelTensor, origin: TensorProto): void;
export function rememberOrigin(value: Attribute, origin: AttributeProto): void;
export function rememberOrigin(value: ValueInfo, origin: ValueInfoProto): void;
export function rememberOrigin(value: object, origin: object): void {
  origins.set(value, origin);
}

export function originOf(value: ModelTensor): TensorProto | undefined;
export function originOf(value: Attribute): AttributeProto | undefined;
export function originOf(value: ValueInfo): ValueInfoProto | undefined;
export function originOf(value: object): object | undefined {
  return origins.get(value);
}
