export { loadBinary } from './load_binary';
export { packageRoot } from './package_root';
export { unsupportedReason } from './system';
