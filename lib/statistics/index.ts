export { Random } from './random';
export { type Estimate, estimate, type Share, shareOf } from './share';
export { summarizeTimes, type Times } from './times';
