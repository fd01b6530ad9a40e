// A tensor of quantized values with the parameters that give them meaning.
import { type DataOf, Tensor } from '../tensor';
import { checkQParams, type QParams, type QuantizedType } from './scheme';

/** Quantized values: real = params.scale * (data - params.zeroPoint). */
export class QuantizedTensor<T extends QuantizedType = QuantizedType> extends Tensor<T> {
  /** @throws ERR_DTYPE if `data` is not of the parameters' type, or these are none; ERR_SHAPE if a length does not fit */
  constructor(
    data: DataOf<T>,
    dims: readonly number[],
    readonly params: QParams<T>,
  ) {
    super(checkQParams('params', params).type as T, data, dims);
  }
}
