export { SCALE_KINDS, type ScaleKind } from './codec/scale_kind';
