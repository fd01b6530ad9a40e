export { type CodeFormat, SCALE_TYPES, type ScaleType, type TurboQuantOptions } from './codec/code_format';
export { Codes } from './codec/codes';
export { SCALE_KINDS, type ScaleKind } from './codec/scale_kind';
export { TurboQuant, type VectorOutOptions } from './codec/turbo_quant';
