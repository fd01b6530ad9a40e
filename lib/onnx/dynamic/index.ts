export type { DynamicOptions } from './dynamic_options';
export { quantizeDynamic } from './quantize_dynamic';
