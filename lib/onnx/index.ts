export * from './check';
export * from './decisions';
export * from './dynamic';
export { type OnnxError, type OnnxErrorDetails, onnxError } from './errors';
export * from './evaluate';
export * from './file_names';
export * from './float16';
export * from './model';
export * from './opset';
export * from './quantize';
export * from './read';
export {
  type LayerRow,
  type QuantizeMode,
  type QuantizeReport,
  toHtml,
  type Verdict,
  verdictOf,
} from './report';
export * from './selection';
export * from './smooth';
export * from './static';
export * from './targets';
export * from './validate';
export * from './weight_only';
export * from './write';
