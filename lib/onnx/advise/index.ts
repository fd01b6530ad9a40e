export type { Advice, AdviceTrial, AdvisedMode, Evidence } from './advice';
export { type AdviseOptions, advise } from './advise';
