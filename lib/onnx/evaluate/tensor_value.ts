// A model's constants as values.
import type { ModelTensor, TensorValue } from '../model';

export function valueOfTensor(tensor: ModelTensor): TensorValue {
  const { type, dims } = tensor;
  return { type, dims, data: type === 'string' ? tensor.strings() : tensor.array() };
}
