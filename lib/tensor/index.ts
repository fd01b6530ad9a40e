export { type DataOf, DTYPES, type DType, type DTypeMap, type TypedArray } from './dtype';
export { Tensor, type TensorLike } from './tensor';
