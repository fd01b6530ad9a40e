import type { Family } from '../operator';
import { ACTIVATIONS, MICROSOFT_ACTIVATIONS } from './activations';
import { ARITHMETIC } from './arithmetic';
import { CASTS } from './cast';
import { CONVOLUTIONS, MICROSOFT_CONVOLUTIONS } from './conv';
import { INTEGER_CONVOLUTIONS } from './conv_integer';
import { GATHERS } from './gather';
import { GENERATORS } from './generate';
import { LOGIC } from './logic';
import { MICROSOFT_PRODUCTS, PRODUCTS } from './matmul';
import { INTEGER_PRODUCTS, MICROSOFT_INTEGER_PRODUCTS } from './matmul_integer';
import { MOVES } from './move';
import { NORMALIZATIONS, SIMPLIFIED_LAYER_NORMALIZATION } from './normalize';
import { PADS } from './pad';
import { POOLS } from './pool';
import { MICROSOFT_QUANTIZERS, QUANTIZERS } from './quantize_linear';
import { REDUCTIONS } from './reduce';
import { RESHAPES } from './reshape';
import { SLICES } from './slice';
import { SOFTMAXES } from './softmax';
import { UNARY } from './unary';

/** The standard's operators, ai.onnx. */
export const STANDARD: Family = {
  ...ACTIVATIONS,
  ...ARITHMETIC,
  ...CASTS,
  ...CONVOLUTIONS,
  ...GATHERS,
  ...GENERATORS,
  ...INTEGER_CONVOLUTIONS,
  ...INTEGER_PRODUCTS,
  ...LOGIC,
  ...MOVES,
  ...NORMALIZATIONS,
  ...PADS,
  ...POOLS,
  ...PRODUCTS,
  ...QUANTIZERS,
  ...REDUCTIONS,
  ...RESHAPES,
  ...SLICES,
  ...SOFTMAXES,
  ...UNARY,
  // com.microsoft's, which onnxruntime also finds here
  SimplifiedLayerNormalization: SIMPLIFIED_LAYER_NORMALIZATION,
};

/** onnxruntime's own operators, com.microsoft. */
export const MICROSOFT: Family = {
  ...MICROSOFT_ACTIVATIONS,
  ...MICROSOFT_CONVOLUTIONS,
  ...MICROSOFT_INTEGER_PRODUCTS,
  ...MICROSOFT_PRODUCTS,
  ...MICROSOFT_QUANTIZERS,
};
