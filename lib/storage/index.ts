export { openToken, type ShareToken, shareHandle } from './share_token';
