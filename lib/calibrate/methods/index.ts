export { type EntropyClip, entropyClip, entropyDivergences } from './entropy';
export { type ExpectedError, expectedError } from './expected_error';
export { AUTO_METHODS, checkMethod, type Method, methodName, type SingleMethod } from './method';
export { type Quantizer, quantizerOf } from './quantizer';
export type { Range } from './range';
export { type ChosenRange, rangeOf } from './range_of';
