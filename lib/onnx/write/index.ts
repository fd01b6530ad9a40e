export { modelBytes, type WriteModelOptions, writeModel } from './write_model';
