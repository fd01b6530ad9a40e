export { type BitsandbytesOptions, fromBitsandbytes, isBitsandbytes, toBitsandbytes } from './bitsandbytes';
export { CODEBOOK_TYPES, type CodebookType, codeTable } from './code_tables';
export {
  absmaxOf,
  type CodebookScheme,
  type CodebookWeights,
  decodeCodebook,
  encodeCodebook,
} from './codebook_weights';
export { type NestedAbsmax, nestAbsmax, unnestAbsmax } from './double_quantization';
