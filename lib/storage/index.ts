export { openToken, type ShareToken, shareHandle } from './share_token';
export { type LoadOptions, loadHandle, loadHandleAsync, saveHandle, saveHandleAsync } from './weights_file';
