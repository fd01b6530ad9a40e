export { type CodeFormat, SCALE_TYPES, type ScaleType, type TurboQuantOptions } from './codec/code_format';
export { Codes } from './codec/codes';
export { SCALE_KINDS, type ScaleKind } from './codec/scale_kind';
export { TurboQuant, type VectorOutOptions } from './codec/turbo_quant';
export { type AttentionOptions, attention, attentionAsync, type FloatCache } from './kv/attention';
export { KvCache } from './kv/kv_cache';
export type { KvMemory } from './kv/kv_memory';
export type { KvBits, KvCacheOptions } from './kv/kv_options';
