export * from './check';
export * from './decisions';
export { type OnnxError, type OnnxErrorDetails, onnxError } from './errors';
export * from './model';
export * from './read';
export * from './selection';
export * from './targets';
export * from './validate';
export * from './write';
