// com.microsoft's fused elementwise operators and normalizations: what optimized transformers have.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, type FloatArray, floatsOfValue, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { gelu, geluTanh } from './activations';
import { each, pairwise } from './broadcast';
import { normalizeLayers } from './normalize';

const ADD = { number: (a: number, b: number) => a + b, big: (a: bigint, b: bigint) => a + b };

const sum = (call: Call, a: TensorValue, index: number): TensorValue =>
  call.has(index) ? pairwise(call, a, call.input(index), call.type(0), ADD) : a;

const biasGelu =
  (f: (x: number) => number): Operator =>
  (call) => [each(sum(call, call.input(0), 1), f)];

/** input + skip (+ bias), normalized over the last axis; the sum itself is output 3. */
const skipNormalization =
  (centred: boolean): Operator =>
  (call) => {
    const [beta, bias] = centred ? [3, 4] : [-1, 3];
    const total = sum(call, sum(call, call.input(0), 1), bias);
    const { dims } = total;
    const parameter = (index: number): FloatArray | undefined => {
      const values = index < 0 ? undefined : call.optionalFloats(index);
      if (values !== undefined && values.length !== dims.at(-1))
        call.fail(`input ${index} must have ${dims.at(-1)} values`);
      return values;
    };
    const norm = {
      axis: dims.length - 1,
      epsilon: call.float('epsilon', 1e-12),
      scale: parameter(2),
      bias: parameter(beta),
      centred,
    };
    const out = scratch(call.type(0), dims) as FloatArray;
    const whole = Float32Array.from(floatsOfValue(total));
    normalizeLayers(whole, dims, norm, out);
    return [encode(call.type(0), dims, out), undefined, undefined, total];
  };

export const MICROSOFT_FUSED: Family = {
  BiasGelu: row(1, biasGelu(gelu)),
  FastGelu: row(1, biasGelu(geluTanh)),
  SkipLayerNormalization: row(1, skipNormalization(true)),
  SkipSimplifiedLayerNormalization: row(1, skipNormalization(false)),
};
