export type { Float16Model, Float16Options, Float16Warning } from './float16_options';
export { toFloat16 } from './to_float16';
