export type { AsyncOptions } from './abort_signal';
export * from './calibrate';
export { type ErrorCode, isOctavoError, OctavoError, OctavoRangeError, OctavoTypeError } from './errors';
export * from './linear';
export * from './matmul';
export * from './quantize';
export { runtime } from './runtime';
export type { LoadOptions, ShareToken } from './storage';
export * from './tensor';
