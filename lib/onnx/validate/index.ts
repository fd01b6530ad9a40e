export type { Problem } from './problem';
export { problemsOf, validateModel } from './validate_model';
export { irVersionOf } from './versions';
