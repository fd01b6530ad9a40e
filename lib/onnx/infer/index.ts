export { type FeedsDims, inferKnown, inferTypes } from './infer_types';
export type { Known } from './node_view';
