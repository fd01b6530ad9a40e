// The formats that a layer's weights are timed in: how a layer is made of them, and what they stand for.
import { Linear, QuantizedLinear } from '../../lib/linear';
import { Tensor } from '../../lib/tensor';
import { bfloat16Bits, halfBits } from '../../lib/tensor/half_floats';
import { dequantizeWeight, type QuantizeWeightOptions, quantizeWeight } from '../../lib/weights';
import type { Work } from '../contestant';
import { fromFloat16 } from '../float16';
import { FLOAT_TOLERANCE } from './gemm_float32';
import type { LayerOperands } from './layer_operands';

/** Weights ready to be packed. */
export interface ReadyWeights {
  /** Packs a copy of them. */
  readonly create: () => Pick<QuantizedLinear, 'forward' | 'dispose'>;
  /** What they stand for, [n, k]. */
  readonly values: Float32Array;
  /** What a copy takes. */
  readonly bytes: number;
}

export interface TimedFormat {
  readonly name: string;
  /** The instructions that its products are made of: those of weights of 4 and 8 bits by integers meet rows of 8 bits. */
  readonly arithmetic: Work['arithmetic'];
  /** Root mean square of what the product may differ from that of the values in plain JavaScript. */
  readonly tolerance: number;
  readonly prepare: (operands: LayerOperands) => ReadyWeights;
}

/** What rounding rows to 8 bits may cost, root mean square, weights of 4 bits being what they are. */
const ROWS_TOLERANCE = 0.02;

function quantized({ weight }: LayerOperands, options: QuantizeWeightOptions): ReadyWeights {
  const stored = quantizeWeight(weight, options);
  const create = () => QuantizedLinear.from({ weight: stored });
  const first = create();
  const bytes = first.byteLength;
  first.dispose();
  return { create, values: dequantizeWeight(stored), bytes };
}

const integers = (name: string, options: QuantizeWeightOptions): TimedFormat => ({
  name,
  arithmetic: 'int8',
  tolerance: ROWS_TOLERANCE,
  prepare: (operands) => quantized(operands, { clip: 'range', ...options }),
});

const codebook = (format: 'nf4' | 'fp4'): TimedFormat => ({
  name: format,
  arithmetic: 'float32',
  tolerance: FLOAT_TOLERANCE,
  prepare: (operands) => quantized(operands, { format }),
});

function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (value) => value << 16).buffer);
}

function prepareHalves(type: 'float16' | 'bfloat16', { shape, weight }: LayerOperands): ReadyWeights {
  const toBits = type === 'float16' ? halfBits : bfloat16Bits;
  const bits = Uint16Array.from(weight.data, toBits);
  const tensor = new Tensor(type, bits, [shape.n, shape.k]);
  const values = type === 'float16' ? Float32Array.from(bits, fromFloat16) : fromBfloat16(bits);
  return { create: () => QuantizedLinear.from({ weight: tensor }), values, bytes: bits.byteLength };
}

const halves = (type: 'float16' | 'bfloat16'): TimedFormat => ({
  name: type,
  arithmetic: 'float32',
  tolerance: FLOAT_TOLERANCE,
  prepare: (operands) => prepareHalves(type, operands),
});

/** Weights that share a scale, as MatMulNBits is asked for them too. */
export const BLOCK = 128;

/** The first one is what the ratios of all refer to. */
export const TIMED_FORMATS: readonly TimedFormat[] = [
  integers('int8', { format: 'int8' }),
  integers('int4', { format: 'int4', group: BLOCK }),
  integers('int4, groups of 32', { format: 'int4', group: 32 }),
  integers('int4, rows', { format: 'int4', group: 'channel' }),
  codebook('nf4'),
  codebook('fp4'),
  halves('float16'),
  halves('bfloat16'),
  {
    name: 'float32',
    arithmetic: 'float32',
    tolerance: FLOAT_TOLERANCE,
    prepare: ({ weight }) => ({
      create: () => new Linear(weight),
      values: weight.data,
      bytes: weight.data.byteLength,
    }),
  },
];
