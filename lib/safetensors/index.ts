export { type CheckpointFile, type CheckpointFiles, checkpointFiles } from './checkpoint_files';
export {
  dtypeOf,
  ELEMENT_NAMES,
  type ElementArray,
  type ElementName,
  elementBits,
  elementNameOf,
  type StoredDType,
} from './element_types';
export { decodeFloats, isFloatElement } from './float_values';
export type { PlanOptions, TensorPlan } from './layout';
export { OWNED } from './owned';
export type { HeaderEntry } from './parse_header';
export { type PlacedHeader, readHeader } from './read_header';
export { readSafetensors, type Safetensors } from './read_safetensors';
export {
  openSafetensors,
  type ReadOptions,
  SafetensorsReader,
  type StoredWindow,
  type TensorInfo,
  type TensorValues,
  type WindowOptions,
} from './safetensors_reader';
export { SafetensorsWriter, type WriterOptions } from './safetensors_writer';
export { writeSafetensors } from './write_safetensors';
