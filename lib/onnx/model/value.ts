// A tensor that flows through a model: what is fed, computed and given back. Structurally onnxruntime-node's Tensor.
import type { ElementArray, ElementType } from './element_type';

/** Strings lie in an array of strings; float16 and bfloat16 as Uint16Array, bool as bytes, 4-bit types two values a byte. */
export interface TensorValue {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: ElementArray | readonly string[];
}

/** Tensors by name: the inputs or the outputs of a run. */
export type Feeds = Readonly<Record<string, TensorValue>>;
