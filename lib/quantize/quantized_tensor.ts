// A tensor of quantized values with the parameters that give them meaning.
import { type DataOf, Tensor } from '../tensor';
import { CHECKED } from '../tensor/tensor';
import { type ByteType, checkQParams, type QParams, type QuantizedType } from './scheme';

/** Quantized values: real = params.scale * (data - params.zeroPoint). */
export class QuantizedTensor<T extends QuantizedType = ByteType> extends Tensor<T> {
  // Declared, so that it is written once.
  declare readonly params: QParams<T>;

  /** @throws ERR_DTYPE if `data` is not of the parameters' type, or these are none; ERR_SHAPE if a length does not fit */
  constructor(data: DataOf<T>, dims: readonly number[], params: QParams<T>);
  /** @internal The parameters are checked, the data fit them and the dims, and these are frozen. */
  constructor(data: DataOf<T>, dims: readonly number[], params: QParams<T>, checked: typeof CHECKED);
  constructor(data: DataOf<T>, dims: readonly number[], params: QParams<T>, checked?: typeof CHECKED) {
    if (checked === CHECKED) super(params.type, data, dims, CHECKED);
    else super(checkQParams('params', params).type as T, data, dims);
    this.params = params;
  }
}
