export { type ModelDigest, modelDigest } from './model_digest';
export { modelByteLength, modelBytes, type WriteModelOptions, writeModel } from './write_model';
