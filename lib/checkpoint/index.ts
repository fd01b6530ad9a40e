export {
  type ElementArray,
  type ElementName,
  openSafetensors,
  type ReadOptions,
  readSafetensors,
  type Safetensors,
  SafetensorsReader,
  SafetensorsWriter,
  type StoredDType,
  type StoredWindow,
  type TensorInfo,
  type TensorPlan,
  type TensorValues,
  type WindowOptions,
  type WriterOptions,
  writeSafetensors,
} from '../safetensors';
export type { Conversion, ConvertedLayer, WeightLoss } from './conversion';
export { convertCheckpoint } from './convert_checkpoint';
export {
  CHECKPOINT_FORMATS,
  type CheckpointFormat,
  type ConvertOptions,
  type ConvertProgress,
} from './convert_options';
export type { LayerChoice } from './layer_choice';
export type { NamePattern } from './name_pattern';
export { Checkpoint, openCheckpoint } from './open_checkpoint';
