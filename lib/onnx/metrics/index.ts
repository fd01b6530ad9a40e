export { Agreement } from './agreement';
export { type PairErrors, PairSums } from './pair_sums';
