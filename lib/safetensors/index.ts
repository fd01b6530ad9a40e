export type { StoredDType } from './element_types';
export type { HeaderEntry } from './parse_header';
export { type PlacedHeader, readHeader, readSafetensors, type Safetensors } from './read_safetensors';
export { writeSafetensors } from './write_safetensors';
