export { type ModelDigest, modelDigest } from './model_digest';
export { modelBytes, type WriteModelOptions, writeModel } from './write_model';
