// A tensor of quantized values with the parameters that give them meaning.
import { type DataOf, Tensor } from '../tensor';
import type { QParams, QuantizedType } from './scheme';

/** Quantized values: real = params.scale * (data - params.zeroPoint). */
export class QuantizedTensor<T extends QuantizedType = QuantizedType> extends Tensor<T> {
  constructor(
    data: DataOf<T>,
    dims: readonly number[],
    readonly params: QParams<T>,
  ) {
    super(params.type, data, dims);
  }
}
