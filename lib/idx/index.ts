export type { IdxArray, IdxData, IdxType } from './element_codes';
export { readIdx } from './read_idx';
export { writeIdx } from './write_idx';
