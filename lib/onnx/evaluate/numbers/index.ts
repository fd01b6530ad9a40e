export { bitsOfNumber, isSmallFloat, type SmallFloat } from '../../../tensor/small_floats';
export { erf } from './erf';
export * from './numbers';
export { greater, lesser } from './order';
export { roundHalfToEven } from './rounding';
