export type { StoredDType } from './element_types';
export { readSafetensors, type Safetensors } from './read_safetensors';
export { writeSafetensors } from './write_safetensors';
