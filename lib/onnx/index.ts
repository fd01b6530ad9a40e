export { type OnnxError, type OnnxErrorDetails, onnxError } from './errors';
export * from './model';
export * from './read';
export * from './write';
