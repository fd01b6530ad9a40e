export type { IdxArray, IdxData, IdxType } from './element_codes';
export { type IdxHeader, MAX_HEADER_BYTES, parseIdxHeader } from './idx_header';
export { readIdx } from './read_idx';
export { writeIdx } from './write_idx';
