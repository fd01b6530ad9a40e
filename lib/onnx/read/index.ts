export { type ReadModelOptions, readModel } from './read_model';
