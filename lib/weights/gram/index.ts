export { GramMatrix } from './gram_matrix';
