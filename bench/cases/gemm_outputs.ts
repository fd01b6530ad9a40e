// The same int8 product with its sums converted in registers: to float32, to float16, and back to int8.
import { QuantizedLinear } from '../../lib/linear';
import type { QParams } from '../../lib/quantize';
import { Tensor } from '../../lib/tensor';
import type { Contestant } from '../contestant';
import { FLOAT16_ROUNDING, fromFloat16 } from '../float16';
import { countWrong } from '../verify';
import type { GemmShape } from './gemm_cases';
import { type GemmOperands, workOf } from './gemm_operands';

const perTensor = (type: 'int8' | 'uint8', scale: number): QParams => ({
  type,
  scale: Float32Array.of(scale),
  zeroPoint: Int32Array.of(0),
  granularity: 'tensor',
});

/** Standard deviation of a product of an operand's bytes, near enough to let some results saturate. */
const DEVIATION = 10_800;

/** [k, n] bytes to the [n, k] floats that a layer is made from. */
function toLayerWeight({ b, shape: { n, k } }: GemmOperands): Tensor<'float32'> {
  const weight = new Float32Array(n * k);
  for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) weight[j * k + p] = b[p * n + j] as number;
  return new Tensor('float32', weight, [n, k]);
}

/** Half to even, as the kernels round. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** How one kind of output is asked for, and what a sum becomes in it. */
interface Form {
  readonly name: string;
  readonly output: 'float32' | 'float16' | QParams;
  /** Scale of the activations, a power of two: products of it and the sums are exact. */
  readonly scale: number;
  readonly out: Float32Array | Uint16Array | Int8Array;
  /** What is wrong with a result for a sum. */
  readonly isRight: (value: number, sum: number) => boolean;
}

function formsOf({ m, n, k }: GemmShape): Form[] {
  const count = m * n;
  const params = perTensor('int8', (DEVIATION * 4 * Math.sqrt(k)) / 127);
  const inverse = Math.fround(1 / (params.scale[0] ?? Number.NaN));
  const requantize = (sum: number): number =>
    Math.max(-128, Math.min(127, roundHalfToEven(Math.fround(Math.fround(sum) * inverse))));
  const small = 2 ** -Math.ceil(Math.log2(DEVIATION * Math.sqrt(k)));
  const isNearest = (bits: number, sum: number): boolean => {
    const exact = Math.fround(sum) * small;
    return Math.abs(fromFloat16(bits) - exact) <= Math.max(FLOAT16_ROUNDING * Math.abs(exact), 2 ** -25);
  };
  return [
    {
      name: 'octavo to float32',
      output: 'float32',
      scale: 1,
      out: new Float32Array(count),
      isRight: (value, sum) => value === Math.fround(sum),
    },
    { name: 'octavo to float16', output: 'float16', scale: small, out: new Uint16Array(count), isRight: isNearest },
    {
      name: 'octavo to int8',
      output: params,
      scale: 1,
      out: new Int8Array(count),
      isRight: (value, sum) => value === requantize(sum),
    },
  ];
}

/** Contestants whose results follow from the int32 sums: octavo's, checked before these are. */
export function outputContestants(operands: GemmOperands, sums: Int32Array): Contestant[] {
  const { shape, a } = operands;
  const x = new Tensor('uint8', a, [shape.m, shape.k]);
  const weight = toLayerWeight(operands);
  return formsOf(shape).map(({ name, output, scale, out, isRight }): Contestant => {
    const layer = QuantizedLinear.from({ weight }, { activations: perTensor('uint8', scale), output });
    const options = { out };
    return {
      name,
      work: workOf(shape, out.BYTES_PER_ELEMENT),
      call: { kind: 'sync', run: () => void layer.forward(x, options) },
      verify: () => countWrong(out, (value, i) => isRight(value, sums[i] as number)),
      dispose: () => layer.dispose(),
    };
  });
}
