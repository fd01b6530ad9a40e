export { modelBytes, writeModel } from './write_model';
