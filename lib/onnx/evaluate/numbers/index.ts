export { erf } from './erf';
export * from './numbers';
export { greater, lesser } from './order';
export { roundHalfToEven } from './rounding';
export { bitsOfNumber, isSmallFloat, type SmallFloat } from './small_floats';
