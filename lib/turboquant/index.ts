export { type CodeFormat, SCALE_TYPES, type ScaleType, type TurboQuantOptions } from './codec/code_format';
export { Codes } from './codec/codes';
export { SCALE_KINDS, type ScaleKind } from './codec/scale_kind';
export { TurboQuant, type VectorOutOptions } from './codec/turbo_quant';
export { type AttentionOptions, attention, attentionAsync, type FloatCache } from './kv/attention';
export { KvCache } from './kv/kv_cache';
export type { KvMemory } from './kv/kv_memory';
export type { KvBits, KvCacheOptions } from './kv/kv_options';
export { SKETCH_MATRICES, type SketchMatrix } from './papers/gaussian_matrix';
export { type PolarCodes, PolarQuant, type PolarQuantOptions } from './papers/polar_quant';
export { Qjl, type QjlOptions, type QjlSketches } from './papers/qjl';
export { type ProdCodes, TurboQuantProd, type TurboQuantProdOptions } from './papers/turbo_quant_prod';
export { encodeUpdate, type UpdateOptions } from './updates/encode_update';
export { type MeanOptions, meanOfUpdates } from './updates/mean_of_updates';
export { freshSeed, updateSeed } from './updates/update_seed';
export { ID_TYPES, type Id, type IdArray, type IdList, type IdType } from './vector_index/index_ids';
export {
  type IndexBits,
  type IndexForm,
  KEPT_TYPES,
  type KeptType,
  METRICS,
  type Metric,
  type VectorIndexOptions,
} from './vector_index/index_options';
export type {
  AsyncSearchOptions,
  Rerank,
  SearchOptions,
  SearchResult,
  VectorSource,
  Vectors,
} from './vector_index/search_call';
export { type IndexOpenOptions, VectorIndex } from './vector_index/vector_index';
