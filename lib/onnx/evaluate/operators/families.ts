// The operators of each domain, from their families.
import type { Family } from '../operator';
import { ACTIVATIONS, MICROSOFT_ACTIVATIONS } from './activations';
import { ARITHMETIC } from './arithmetic';
import { ATTENTION } from './attention';
import { CASTS } from './cast';
import { CONTROLS } from './control';
import { CONVOLUTIONS, MICROSOFT_CONVOLUTIONS } from './conv';
import { INTEGER_CONVOLUTIONS } from './conv_integer';
import { TRANSPOSED_CONVOLUTIONS } from './conv_transpose';
import { EINSUM } from './einsum';
import { GATHERS } from './gather';
import { MICROSOFT_GATHERS } from './gather_block_quantized';
import { GENERATORS } from './generate';
import { LOGIC } from './logic';
import { MICROSOFT_PRODUCTS, PRODUCTS } from './matmul';
import { MICROSOFT_BNB4 } from './matmul_bnb4';
import { INTEGER_PRODUCTS, MICROSOFT_INTEGER_PRODUCTS } from './matmul_integer';
import { MICROSOFT_NBITS } from './matmul_nbits';
import { MICROSOFT_FUSED } from './microsoft_fused';
import { MICROSOFT_QUANTIZED } from './microsoft_quantized';
import { MOVES } from './move';
import { NORMALIZATIONS, SIMPLIFIED_LAYER_NORMALIZATION } from './normalize';
import { PADS } from './pad';
import { POOLS } from './pool';
import { MICROSOFT_QUANTIZERS, QUANTIZERS } from './quantize_linear';
import { RECURRENT } from './recurrent';
import { REDUCTIONS } from './reduce';
import { RESHAPES } from './reshape';
import { RESIZES } from './resize';
import { SELECTIONS } from './select';
import { SLICES } from './slice';
import { SOFTMAXES } from './softmax';
import { UNARY } from './unary';

/** The standard's operators, ai.onnx. */
export const STANDARD: Family = {
  ...ACTIVATIONS,
  ...ARITHMETIC,
  ...ATTENTION,
  ...CASTS,
  ...CONTROLS,
  ...CONVOLUTIONS,
  ...EINSUM,
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
  ...RECURRENT,
  ...REDUCTIONS,
  ...RESHAPES,
  ...RESIZES,
  ...SELECTIONS,
  ...SLICES,
  ...SOFTMAXES,
  ...TRANSPOSED_CONVOLUTIONS,
  ...UNARY,
  // com.microsoft's, which onnxruntime also finds here
  SimplifiedLayerNormalization: SIMPLIFIED_LAYER_NORMALIZATION,
};

/** onnxruntime's own operators, com.microsoft. */
export const MICROSOFT: Family = {
  ...MICROSOFT_ACTIVATIONS,
  ...MICROSOFT_CONVOLUTIONS,
  ...MICROSOFT_FUSED,
  ...MICROSOFT_GATHERS,
  ...MICROSOFT_INTEGER_PRODUCTS,
  ...MICROSOFT_BNB4,
  ...MICROSOFT_NBITS,
  ...MICROSOFT_PRODUCTS,
  ...MICROSOFT_QUANTIZED,
  ...MICROSOFT_QUANTIZERS,
};
